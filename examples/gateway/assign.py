#!/usr/bin/env python3
"""What an operator does on goosebit's page: log in (the first time: make the account), upload a .swu, assign it; and wait until
goosebit has heard the end from each device.

usage: build/venv/bin/python assign.py FILE.swu DEVICE...       (goosebit.sh runs)"""
import os
import sys
import time

import httpx

URL, USER = "http://127.0.0.1:60053", {"username": "operator@localhost", "password": "operator"}


def log_in(api):
    for path in ("/login", "/setup"):
        answer = api.post(path, data=USER)
        if answer.status_code == 200 and "access_token" in answer.text:
            api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            return
    sys.exit(f"goosebit takes no log-in: {answer.status_code} {answer.text[:200]}")


def assign(api, software, devices):
    """goosebit assigns nothing to a device until that has said which board it is."""
    for _ in range(60):
        answer = api.put("/api/v1/devices", json={"devices": devices, "software": str(software)})
        if answer.status_code == 200:
            return
        time.sleep(1)
    sys.exit(f"goosebit does not assign it: {answer.status_code} {answer.text[:200]}")


def follow(api, devices):
    told = {}
    while not all(told.get(name) in ("Finished", "Error") for name in devices):
        time.sleep(1)
        for device in api.get("/api/v1/devices").raise_for_status().json()["devices"]:
            if device["id"] in devices and device["last_state"] != told.get(device["id"]):
                told[device["id"]] = device["last_state"]
                print(f"goosebit: {device['id']} is {device['last_state']}, version {device['sw_version']}", flush=True)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    path, devices = sys.argv[1], sys.argv[2:]
    with httpx.Client(base_url=URL, timeout=60, trust_env=False) as api:
        log_in(api)
        with open(path, "rb") as f:
            answer = api.put("/api/v1/software", files={"file": (os.path.basename(path), f)})
        if answer.status_code == 409:
            sys.exit(f"goosebit has this version already: {answer.text[:200]}")
        software = answer.raise_for_status().json()["id"]
        assign(api, software, devices)
        print(f"{os.path.basename(path)} is assigned to {', '.join(devices)}", flush=True)
        follow(api, devices)


if __name__ == "__main__":
    main()
