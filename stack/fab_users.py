"""Make the stack's logins in Airflow's FAB auth manager: reads [{name, role, password}] from standard input."""

from __future__ import annotations

import json
import sys


def main() -> int:
    """Add each login, or set its password where it exists."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        manager = builder.sm
        manager.sync_roles()
        for each in json.load(sys.stdin):
            known = manager.find_user(username=each["name"])
            if known:
                manager.reset_password(known.id, each["password"])
                continue
            role = manager.find_role(each["role"].capitalize())
            address = f"{each['name']}@example.com"
            if not manager.add_user(each["name"], each["name"], each["role"], address, role, each["password"]):
                print(f"{each['name']} could not be added", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
