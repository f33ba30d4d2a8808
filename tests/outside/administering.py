"""What an administrator does to an account. The tests have no need to know by which page or command."""

from tests.outside.people import Person
from tests.outside.serving import Portal


def lock(portal: Portal, person: Person) -> None:
    portal.sql("UPDATE account SET is_locked = true WHERE username = :name", name=person.username)


def change_role(portal: Portal, person: Person, role: str) -> None:
    portal.sql(
        "UPDATE account SET role = :role, customer_id = NULL, epoch = epoch + 1 WHERE username = :name",
        name=person.username,
        role=role,
    )
