"""Projects: projects, tasks, cost types, and the standard tasks and cost types they are based on."""

from practice.records import names
from practice.records.generators.common import recordno
from practice.records.generators.company import cycle_words
from practice.records.generators.payable import few_parents
from practice.records.sources import Generator, Generators, Source, Value, always, linkable

CATEGORIES = ("Contract", "Contract", "Capitalized", "Internal Non-billable", "Internal Billable")
TASK_STATES = ("Not Started", "Planned", "In Progress", "In Progress", "Completed", "On Hold")


def project(s: Source) -> Generators:
    return {
        "PROJECTID": s.code("P-{:04}"),
        "NAME": lambda i: f"{names.PLACES[i % len(names.PLACES)]} {names.WORKS[i // 3 % len(names.WORKS)]}",
        "DESCRIPTION": s.mostly_empty("described", 4, s.choice("description", names.AWKWARD)),
        "PARENTID": few_parents(s, s.parent("PROJECTID")),
        "PARENTKEY": few_parents(s, s.parent("RECORDNO")),
        "PARENTNAME": few_parents(s, s.parent("NAME")),
        "PROJECTCATEGORY": s.choice("category", CATEGORIES),
        "PROJECTSTATUS": s.choice("project status", ("In Progress", "Planning", "Completed", "On Hold")),
        "CUSTOMERID": s.link("customer", "CUSTOMER", "CUSTOMERID", empty=5),
        "CUSTOMERKEY": s.link("customer", "CUSTOMER", "RECORDNO", empty=5),
        "CUSTOMERNAME": s.link("customer", "CUSTOMER", "NAME", empty=5),
        "MANAGERID": s.link("manager", "EMPLOYEE", "EMPLOYEEID", empty=4),
        "MANAGERCONTACTNAME": s.link("manager", "EMPLOYEE", "CONTACT_NAME", empty=4),
        "DEPARTMENTID": s.link("department", "DEPARTMENT", "DEPARTMENTID", empty=3),
        "LOCATIONID": s.link("location", "LOCATION", "LOCATIONID", empty=3),
        "CURRENCY": always(s.dataset.currency),
        "BEGINDATE": s.day("begin"),
        "ENDDATE": s.mostly_empty("ends", 2, s.day("end", 30, 400)),
    }


def task(s: Source) -> Generators:
    """Return generators of tasks. A project numbers its tasks from 01, so a task ID is unique only in its project."""
    projects, project = max(1, linkable(s.dataset.size("PROJECT"))), s.dataset.table("PROJECT").original
    code = "{:02}"
    return {
        "PROJECTID": lambda i: project("PROJECTID")(i % projects),
        "PROJECTKEY": lambda i: project("RECORDNO")(i % projects),
        "PROJECTNAME": lambda i: project("NAME")(i % projects),
        "TASKID": lambda i: code.format(i // projects + 1),
        "NAME": lambda i: names.TASKS[i // projects % len(names.TASKS)],
        "PARENTID": lambda i: code.format(i // projects) if i // projects % 3 == 2 else None,
        "PARENTKEY": lambda i: recordno(i - projects) if i // projects % 3 == 2 else None,
        "TASKNO": lambda i: f"{i // projects + 1}",
        "TASKSTATUS": s.choice("state", TASK_STATES),
        "BILLABLE": s.chance("billable", 2),
        "ITEMID": s.link("item", "ITEM", "ITEMID", empty=2),
        "STANDARDTASKID": s.link("standard", "STANDARDTASK", "STANDARDTASKID", empty=2),
        "PBEGINDATE": s.day("begin"),
        "PENDDATE": s.day("end", 30, 300),
    }


def standard_task(s: Source) -> Generators:
    return {
        "STANDARDTASKID": s.code("ST-{:03}"),
        "NAME": cycle_words(names.TASKS),
        "DESCRIPTION": s.mostly_empty("described", 2, cycle_words(names.TASKS, "{}, variant {}")),
        "PARENTID": s.parent("STANDARDTASKID"),
        "PARENTKEY": s.parent("RECORDNO"),
        "PARENTNAME": s.parent("NAME"),
        "ITEMID": s.link("item", "ITEM", "ITEMID", empty=2),
        "BILLABLE": s.chance("billable", 2),
    }


def cost_type(s: Source) -> Generators:
    """Return generators of cost types, distributed evenly over the tasks."""
    tasks = max(1, linkable(s.dataset.size("TASK")))
    task, standard = s.dataset.table("TASK").original, s.dataset.table("STANDARDCOSTTYPE").original
    standards = max(1, linkable(s.dataset.size("STANDARDCOSTTYPE")))

    def of_task(field: str) -> Generator:
        return lambda i: task(field)(i % tasks)

    def of_standard(field: str) -> Generator:
        return lambda i: standard(field)((i // tasks + i) % standards)

    return {
        "COSTTYPEID": of_standard("STANDARDCOSTTYPEID"),
        "NAME": of_standard("NAME"),
        "PROJECTID": of_task("PROJECTID"),
        "PROJECTKEY": of_task("PROJECTKEY"),
        "PROJECTNAME": of_task("PROJECTNAME"),
        "TASKID": of_task("TASKID"),
        "TASKKEY": of_task("RECORDNO"),
        "TASKNAME": of_task("NAME"),
        "STANDARDCOSTTYPEID": of_standard("STANDARDCOSTTYPEID"),
        "STANDARDCOSTTYPENAME": of_standard("NAME"),
        "ACCOUNTNO": of_standard("ACCOUNTNO"),
        "ITEMID": s.link("item", "ITEM", "ITEMID", empty=2),
    }


def standard_cost_type(s: Source) -> Generators:
    return {
        "STANDARDCOSTTYPEID": s.code("SCT-{:03}"),
        "NAME": cycle_words(names.COSTS),
        "DESCRIPTION": s.mostly_empty("described", 2, cycle_words(names.COSTS, "{}, group {}")),
        "PARENTID": s.parent("STANDARDCOSTTYPEID"),
        "PARENTKEY": s.parent("RECORDNO"),
        "PARENTNAME": s.parent("NAME"),
        "ACCOUNTNO": s.link("account", "GLACCOUNT", "ACCOUNTNO"),
        "ITEMID": s.link("item", "ITEM", "ITEMID", empty=3),
    }


def dimension(s: Source, label: str) -> Generators:
    def name(i: int) -> Value:
        return f"{names.GRANTS[i % len(names.GRANTS)]} {label.lower()} {i + 1}"

    return {"name": name}
