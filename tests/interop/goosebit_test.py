#!/usr/bin/env python3
"""goosebit as the gateway meets it: what it sends to a device in each state, and what it believes after each answer.

usage: goosebit_test.py [--show]        (--show: print goosebit's answers)
"""
import hashlib
import json
import os
import sys
import tempfile

import httpx

from board import expect
from goosebit import TENANT, Goosebit
from make_swu import write_swu

DESCRIPTION = """\
software = {{
  version = "{version}";
  nucleo_h753zi = {{
    hardware-compatibility = [ "1.0" ];
    images = ( {{ filename = "app.bin"; version = "{version}"; sha256 = "{sha256}"; type = "slipway"; }} );
  }};
}};
"""
BOARD = {"hw_boardname": "nucleo_h753zi", "hw_revision": "1.0", "sw_version": "1.0.0"}


def make_swu(folder, version):
    image = hashlib.sha256(version.encode()).digest() * 3000
    text = DESCRIPTION.format(version=version, sha256=hashlib.sha256(image).hexdigest())
    path = os.path.join(folder, f"app-{version}.swu")
    write_swu(path, text, [("app.bin", image)])
    return path


class Device:
    """A device of the protocol, without a board."""

    def __init__(self, server, name, token=None):
        self.name, self.shows = name, "--show" in sys.argv
        self.url = f"{server.url}/{TENANT}/controller/v1/{name}"
        headers = {"Authorization": f"TargetToken {token}"} if token else {}
        self.http = httpx.Client(timeout=60, trust_env=False, headers=headers)

    def show(self, what, answer):
        if self.shows:
            text = json.dumps(answer.json(), indent=1) if answer.headers.get("content-type") == "application/json" else ""
            print(f"{self.name}: {what}: {answer.status_code} {dict(answer.headers)}\n{text}")
        return answer

    def poll(self):
        return self.show("poll", self.http.get(self.url)).json()

    def tell_config(self, data):
        link = self.poll()["_links"]["configData"]["href"]
        return self.show("configData", self.http.put(link, json={"mode": "merge", "data": data}))

    def deployment(self):
        """The action that is offered, or None."""
        link = self.poll()["_links"].get("deploymentBase")
        return self.show("deploymentBase", self.http.get(link["href"])).json() if link else None

    def feedback(self, action, execution, finished, *details):
        status = {"execution": execution, "result": {"finished": finished}, "details": list(details)}
        return self.show(f"feedback {execution}/{finished}",
                         self.http.post(f"{self.url}/deploymentBase/{action}/feedback",
                                        json={"id": action, "time": "20261130T080000", "status": status}))


def first_contact(server, device):
    answer = device.poll()
    expect(list(answer["_links"]) == ["configData"], "goosebit: an unknown device is asked for configData only")
    expect(answer["config"]["polling"]["sleep"] == "00:00:10", "goosebit: and for another poll in 10 s")
    expect(server.state(device.name)["last_state"] == "Unknown", "goosebit: Unknown")
    expect(device.tell_config(BOARD).status_code == 200, "goosebit: configData is taken")
    state = server.state(device.name)
    expect((state["last_state"], state["sw_version"]) == ("Registered", "1.0.0"), "goosebit: Registered, with its version")
    expect(state["hardware"]["model"] == "nucleo_h753zi", "goosebit: with its board")
    expect(device.poll() == {"config": {"polling": {"sleep": "00:00:01"}}, "_links": {}}, "goosebit: nothing to do")


def judge_artifact(action, path):
    chunk, = action["deployment"]["chunks"]
    artifact, = chunk["artifacts"]
    data = open(path, "rb").read()
    expect((action["deployment"]["download"], action["deployment"]["update"]) == ("forced", "forced"), "goosebit: forced")
    expect((artifact["filename"], artifact["size"]) == (os.path.basename(path), len(data)), "goosebit: name and size")
    expect(artifact["hashes"] == {"sha1": hashlib.sha1(data).hexdigest()}, "goosebit: SHA-1, and no other hash")
    expect(list(artifact["_links"]) == ["download"], "goosebit: one link, download")
    return artifact["_links"]["download"]["href"], data


def download(device, link, data):
    whole = device.show("download", device.http.get(link))
    expect(whole.status_code == 200 and whole.content == data, "goosebit: the whole artifact")
    part = device.show("download from 1000", device.http.get(link, headers={"Range": "bytes=1000-"}))
    expect(part.status_code == 206 and part.content == data[1000:], "goosebit: the rest of it by Range, 206")
    behind = device.http.get(link, headers={"Range": f"bytes={len(data)}-"})
    expect(behind.status_code == 416, "goosebit: a range behind the end, 416")


def success(server, device, software, path):
    server.assign(software, device.name)
    action = device.deployment()
    expect(action["id"] == str(software), "goosebit: the action's id is the software's, a text")
    download(device, *judge_artifact(action, path))
    device.feedback(action["id"], "proceeding", "none", "Downloaded 42%", "uploading")
    state = server.state(device.name)
    expect((state["last_state"], state["progress"]) == ("Running", 42), "goosebit: Running, with the progress in the details")
    expect(device.deployment() == action, "goosebit: a running action is offered again")
    expect(device.feedback(action["id"], "closed", "success", "runs 2.0.0, confirmed").status_code == 200, "goosebit: closed")
    state = server.state(device.name)
    expect((state["last_state"], state["sw_version"], state["progress"]) == ("Finished", "2.0.0", 100), "goosebit: Finished, 2.0.0")
    expect("uploading\nruns 2.0.0, confirmed\n" in server.device_log(device.name), "goosebit: the details are in its log")
    expect(device.deployment() is None, "goosebit: nothing is offered after closed")
    expect(device.feedback(action["id"], "closed", "success", "again").status_code == 200, "goosebit: closed again is taken, 200")


def failure(server, device, software):
    server.assign(software, device.name)
    action = device.deployment()
    expect(action["id"] == str(software), "goosebit: another software, another id")
    device.feedback(action["id"], "proceeding", "none", "uploading")
    device.feedback(action["id"], "closed", "failure", "went back to 2.0.0")
    state = server.state(device.name)
    expect((state["last_state"], state["sw_version"]) == ("Error", "2.0.0"), "goosebit: Error, and the version from before")
    expect("went back" in server.device_log(device.name), "goosebit: the reason is in its log")
    expect(device.deployment() is None, "goosebit: nothing is offered after a failure")
    server.force(device.name)
    expect(device.deployment() == action, "goosebit: forced, the same action is offered under the same id")


def changed(server, device, first, second):
    """Other software in the middle of an action, and none."""
    server.assign(first, device.name)
    server.force(device.name)
    old = device.poll()["_links"]["deploymentBase"]["href"]
    device.feedback(first, "proceeding", "none", "uploading")
    server.assign(second, device.name)
    action = device.show("the old link", device.http.get(old)).json()
    expect(action["id"] == str(first) and action["deployment"]["chunks"][0]["version"] == "3.0.0",
           "goosebit: the link of the old action leads to the new software, under the old id")
    expect(device.deployment()["id"] == str(second), "goosebit: a poll leads to the new action")
    server.take_back(device.name)
    expect(device.poll()["_links"] == {}, "goosebit: what is taken back is no longer offered; nothing is cancelled")
    gone = device.show("the old link", device.http.get(old))
    expect(gone.status_code == 200 and gone.json() is None, "goosebit: the old link then leads to null, 200")
    link = f"{device.url}/download"
    expect(device.show("the artifact", device.http.get(link)).status_code == 404, "goosebit: and the artifact is gone, 404")
    server.assign(second, device.name)
    device.feedback(second, "closed", "failure", "stopped by the operator")


def restarted(server, device):
    server.restart()
    expect(server.state(device.name)["last_state"] == "Error", "goosebit: a restart forgets nothing")
    expect(device.deployment() is None, "goosebit: and offers nothing that failed")


def tokens(folder):
    with Goosebit(folder, tokens=True) as server:
        server.register("pump-2", token="secret")
        expect(Device(server, "pump-2", "secret").http.get(f"{server.url}/{TENANT}/controller/v1/pump-2").status_code == 200,
               "goosebit: the device's token")
        for name, token in (("pump-2", None), ("pump-2", "wrong"), ("pump-3", "secret")):
            device = Device(server, name, token)
            expect(device.show("refused", device.http.get(device.url)).status_code == 401, f"goosebit: 401, {name} with {token}")
        gateway = httpx.get(f"{server.url}/{TENANT}/controller/v1/pump-2", headers={"Authorization": "GatewayToken secret"})
        expect(gateway.status_code == 401, "goosebit: it has no gateway tokens, 401")


def main():
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as files:
        with Goosebit(folder) as server:
            device, path = Device(server, "pump-1"), make_swu(files, "2.0.0")
            first = server.upload(path)
            first_contact(server, device)
            success(server, device, first, path)
            second = server.upload(make_swu(files, "3.0.0"))
            failure(server, device, second)
            changed(server, device, first, second)
            restarted(server, device)
    with tempfile.TemporaryDirectory() as folder:
        tokens(folder)
    print("goosebit: everything passed")


if __name__ == "__main__":
    main()
