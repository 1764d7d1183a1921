"""The XML gateway of the practice companies. It handles a request in this order:

well-formed -> faults -> company known -> concurrent requests -> schema -> sender's credentials -> sign-in or session ->
sender authorized for the company -> each function.
"""
