"""The XML gateway of the practice companies. A request passes, in this order:

the weather (faults) -> company known, requests in flight -> well-formed, schema -> sender's credentials -> sign-in or
session -> sender authorised for the company -> each function.
"""
