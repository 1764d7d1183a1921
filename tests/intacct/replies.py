"""Build replies for tests by hand, without any code of the client."""

from xml.sax.saxutils import escape

CONTROL = (
    "<control><status>success</status><senderid>Sender</senderid><controlid>{control_id}</controlid>"
    "<uniqueid>false</uniqueid><dtdversion>3.0</dtdversion></control>"
)
AUTHENTICATION = (
    "<authentication><status>success</status><userid>Beanworks</userid><companyid>ACME</companyid>"
    "<locationid>{location}</locationid><sessiontimestamp>{timestamp}</sessiontimestamp>"
    "<sessiontimeout>{timeout}</sessiontimeout></authentication>"
)


def response(*blocks: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<response>{"".join(blocks)}</response>'


def ok(
    *results: str,
    control_id: str = "r-1",
    location: str = "",
    timestamp: str = "2098-12-31T18:00:00+00:00",
    timeout: str = "2099-01-01T00:00:00+00:00",
) -> str:
    authentication = AUTHENTICATION.format(location=location, timestamp=timestamp, timeout=timeout)
    operation = f"<operation>{authentication}{''.join(results)}</operation>"
    return response(CONTROL.format(control_id=control_id), operation)


def result(data: str = "", *, function: str = "query", control_id: str = "f1", status: str = "success") -> str:
    return (
        f"<result><status>{status}</status><function>{function}</function><controlid>{control_id}</controlid>"
        f"{data}</result>"
    )


def error(errorno: str = "", description: str = "", description2: str = "", correction: str = "") -> str:
    number = f"<errorno>{escape(errorno)}</errorno>" if errorno else ""
    return (
        f"<error>{number}<description>{escape(description)}</description>"
        f"<description2>{escape(description2)}</description2><correction>{escape(correction)}</correction></error>"
    )


def errors(*error_texts: str) -> str:
    return f"<errormessage>{''.join(error_texts)}</errormessage>"


def control_failure(*error_texts: str) -> str:
    return response("<control><status>failure</status></control>", errors(*error_texts))


def authentication_failure(*error_texts: str, control_id: str = "r-1", inside: bool = False) -> str:
    block = "<status>failure</status><userid></userid><companyid></companyid>"
    said = errors(*error_texts)
    operation = f"<authentication>{block}{said if inside else ''}</authentication>{'' if inside else said}"
    return response(CONTROL.format(control_id=control_id), f"<operation>{operation}</operation>")


def result_failure(*error_texts: str, status: str = "failure", control_id: str = "f1") -> str:
    return result(errors(*error_texts), status=status, control_id=control_id)


def session(session_id: str, endpoint: str, location: str = "") -> str:
    return result(
        f"<data><api><sessionid>{session_id}</sessionid><endpoint>{endpoint}</endpoint>"
        f"<locationid>{location}</locationid></api></data>",
        function="getAPISession",
    )


def page(object: str, rows: list[dict[str, str]], *, remaining: int = 0, total: int | None = None) -> str:
    """Return the data of a query."""
    records = "".join(
        f"<{object}>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in row.items())}</{object}>"
        for row in rows
    )
    total = len(rows) + remaining if total is None else total
    return (
        f'<data listtype="{object}" totalcount="{total}" offset="0" count="{len(rows)}" numremaining="{remaining}">'
        f"{records}</data>"
    )


ROWS = [{"RECORDNO": "1", "NAME": "Nuts"}, {"RECORDNO": "17", "NAME": "HERE"}]
TWO_RESULTS = ok(result(page("VENDOR", ROWS)), result(page("ITEM", ROWS[:1]), control_id="other"))
