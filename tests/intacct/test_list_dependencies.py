import pytest

from intacct.catalogue import LIST, LISTS, PERMISSION, PERMISSIONS, RecordList, dimension_list
from intacct.list_dependencies import is_needed, lists_of, lists_referring_to

NOT_FOR_LISTS = {"application-subscriptions", "bills", "entities", "pay-bills", "user-defined-dimensions"}


def slugs(lists: list[RecordList]) -> set[str]:
    return {record_list.slug for record_list in lists}


def test_every_permission_is_needed_while_all_lists_are_in_use() -> None:
    assert all(is_needed(permission, ()) for permission in PERMISSIONS)


def test_without_lists_only_what_serves_more_than_a_list_is_needed() -> None:
    needed = {permission.slug for permission in PERMISSIONS if is_needed(permission, LIST.keys())}

    assert needed == NOT_FOR_LISTS


@pytest.mark.parametrize("slug", ["items-inventory", "items-order-entry", "items-purchasing"])
def test_permissions_of_one_requirement_read_the_same_list(slug: str) -> None:
    assert slugs(lists_of(PERMISSION[slug])) == {"items"}
    assert not is_needed(PERMISSION[slug], {"items"})


def test_permission_of_dimensions_is_needed_while_one_of_them_is_in_use() -> None:
    dimensions = [dimension_list("vehicle", "Vehicle"), dimension_list("grant", "Grant")]
    permission = PERMISSION["user-defined-dimensions"]

    assert is_needed(permission, {"dimension-vehicle"}, dimensions)
    assert not is_needed(permission, {"dimension-vehicle", "dimension-grant"}, dimensions)


def test_lists_that_refer_to_another_one_are_known() -> None:
    assert slugs(list(lists_referring_to("ap-terms"))) == {"bills", "vendors"}
    assert slugs(list(lists_referring_to("projects"))) == {"cost-types", "tasks"}
    assert slugs(list(lists_referring_to("warehouses"))) == set()


def test_every_list_says_what_does_not_work_without_it() -> None:
    assert [record_list.slug for record_list in LISTS if not record_list.without] == []
