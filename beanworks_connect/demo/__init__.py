"""The demonstration: customers at every step, with the past that brought them there. For practice mode only.

Tables say what there is: `team` and `stories` here, and `practice.demo` for what is wrong in the customers' Intacct
companies. Each other module makes the rows of one subject, and `loading` puts them together. All times are relative to
now.
"""
