"""The catalog of errors about bills. Docstrings begin with the source, as in `refusals`.

Their numbers are guesses unless the docstring names them, because clients in use report mostly the words.
"""

from practice.gateway.refusals import Error, ResultRefused

GENERIC = "BL01001973"


def not_created(errors: list[Error], number: str) -> ResultRefused:
    """Reported: in two issues of Sage's own clients (2022). The last error follows the causes."""
    description = f"Currently, we can't create the transaction '{number}'"
    correction = "Check the transaction for errors or inconsistencies, then try again."
    return ResultRefused([*errors, Error(GENERIC, description, correction=correction, supported=False)])


def missing_field(name: str) -> Error:
    """Recorded: the words, for other objects."""
    return Error(GENERIC, f"Required field {name} is missing.")


def invalid(label: str, value: object) -> Error:
    """Recorded, for a vendor and a project."""
    return Error(GENERIC, f"Invalid {label} '{value}' specified.")


def unknown_elements(names: list[str]) -> Error:
    """Guess."""
    return Error("DL02000001", f"Invalid fields list {','.join(names)}")


def no_lines() -> Error:
    """Guess."""
    return Error(GENERIC, "A bill needs at least one line item.")


def missing_number() -> Error:
    """Reported: number and words (github.com/intacct/intacct-sdk-js/issues/86)."""
    return Error("BL03002128", "Enter a Bill number, and try again.")


def number_not_allowed(number: str) -> Error:
    """Guess."""
    description = f"The bill number '{number}' is not allowed. Bill numbers are assigned by a document sequence."
    return Error(GENERIC, description, correction="Leave the bill number blank, then try again.")


def number_taken(number: str) -> Error:
    """Recorded: number and words, for another object."""
    description = f"Another Bill with the given value(s) {number} already exists"
    return Error("BL34000061", description, correction="Use a unique value instead.")


def missing_dimension(label: str, account: object) -> Error:
    """Reported: the words, by a client in use; the number, for missing dimensions."""
    return Error("BL03000018", f"This transaction is missing the {label} dimension for the Account {account}")


def missing_location() -> Error:
    """Reported: the words, by a client in use."""
    return Error("BL03000018", "Use of empty Location is invalid. A valid Multi-Entity Location must be specified.")


def closed_period(day: str) -> Error:
    """Reported: the words (github.com/intacct/intacct-sdk-net/issues/105)."""
    return Error(
        GENERIC,
        f"Your transaction date ({day}) is within a period that's been closed.",
        description="Periods are closed.",
        correction="You can add, modify, or delete a transaction only if the date of the transaction is within a "
        "period that's open.",
    )


def inactive_vendor(vendor: object) -> Error:
    """Reported: the words, by a client in use."""
    return Error(GENERIC, f"Activate the vendor {vendor}, then try again.")


def inactive_account(account: object) -> Error:
    """Reported: the words, by a client in use. That this is their cause is a guess."""
    return Error(GENERIC, f"Account {account} is not valid")


def vendor_on_hold(vendor: object) -> Error:
    """Guess."""
    return Error(GENERIC, f"The vendor {vendor} is on hold. Remove the hold from the vendor, then try again.")


def top_level_vendor(vendor: object) -> Error:
    """Guess: similar words are reported for updates of a vendor."""
    return Error(GENERIC, f"You cannot use the root level vendor {vendor} from an entity.")


def other_currency(currency: object, vendor: object) -> Error:
    """Guess."""
    return Error(GENERIC, f"Currency {currency} is not valid for the vendor {vendor}.")


def approval(action: str) -> Error:
    """Guess."""
    words = {"Draft": "Bills cannot be saved as drafts", "Submit": "You are not allowed to submit bills"}[action]
    return Error(GENERIC, f"{words} because approval is required in this company.")


def small_amount(amount: object, least: float) -> Error:
    """Reported: the first words, by a client in use. What follows is the company's own text."""
    return Error(GENERIC, f"Smart Rule SMALLEST_AMOUNT Violated: The amount {amount} is less than {least}.")


def invalid_action(action: str) -> Error:
    """Guess."""
    return Error(GENERIC, f"Invalid ACTION '{action}' specified. Use Draft or Submit.")


def unknown_bill(key: str) -> ResultRefused:
    """Recorded: for a customer, in the tests of a client in use."""
    return ResultRefused([Error(GENERIC, f"Cannot find apbill with key '{key}' to delete.")])


def not_deleted(reason: str) -> ResultRefused:
    """Guess."""
    return ResultRefused([Error(GENERIC, reason)])
