"""The filters of a list, in the address of its page, so that a filtered list can be sent to a colleague."""

from typing import Any

from django import forms


class AddressFilter(forms.Form):
    """Filter a list by the query of the address. Anyone can edit an address, so its invalid values are ignored."""

    def chosen_filters(self) -> dict[str, Any]:
        """Return the valid filters of the address by name, without the empty ones."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
