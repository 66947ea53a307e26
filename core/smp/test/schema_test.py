#!/usr/bin/env python3
"""smp.cddl against bytes from real servers and clients, and against bytes that must not pass.

usage: schema_test.py        (with the Python of build/venv)
"""
import pathlib
import sys

import cbor2

# zcbor 0.9.1 wants a name that cbor2 6 no longer has; smpclient wants cbor2 6.
if not hasattr(cbor2, "CBORDecodeValueError"):
    cbor2.CBORDecodeValueError = cbor2.CBORDecodeError

from zcbor import CddlValidationError, DataTranslator  # noqa: E402

HASH = "1baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a"
CASES = [
    ("good", "echo-request", "a161646568656c6c6f"),
    ("good", "echo-request", "a0"),
    ("bad", "echo-request", "a1616401"),
    ("good", "echo-response", "bf61726568656c6c6fff"),
    ("good", "params-response", "bf686275665f73697a65190180696275665f636f756e7404ff"),
    ("bad", "params-response", "bf686275665f73697a65190180ff"),
    ("good", "bootloader-name-response", "bf6a626f6f746c6f61646572674d4355626f6f74ff"),
    ("good", "bootloader-mode-response", "bf646d6f646509ff"),
    ("good", "bootloader-blinfo-response",
     "bf646d6f6465096c6e6f2d646f776e6772616465f566696d616765739fbf65696d616765007073656375726974795f636f756e74657207ffffff"),
    ("bad", "bootloader-blinfo-response", "bf646d6f64650966696d616765739fbfffffff"),
    ("good", "bootloader-sbom-response", "bf6473626f6d5820" + HASH + "ff"),
    ("bad", "bootloader-sbom-response", "bf6473626f6d6161ff"),
    ("good", "taskstat-response",
     "bf657461736b73bf646d61696ebf647072696f21637469640065737461746518806673746b73697a1910006673746b75736518beffffff"),
    ("bad", "taskstat-response", "bf657461736b73bf646d61696ebf647072696f21ffffff"),
    ("good", "mpstat-response",
     "bf666d706f6f6c73bf627271bf66626c6b73697a190800656e626c6b7305656e6672656504636d696e02ffffff"),
    ("bad", "mpstat-response", "bf657461736b73bfffff"),
    ("good", "datetime", "bf686461746574696d6573323032362d31312d33305432303a33383a3137ff"),
    ("bad", "datetime", "bf686461746574696d6501ff"),
    ("good", "stat-show-request", "a1646e616d65676e756d62657273"),
    ("good", "stat-show-response",
     "bf646e616d65676e756d62657273666669656c6473bf65736d616c6c07656c617267651affffffff66616e73776572182affff"),
    ("bad", "stat-show-response", "bf646e616d65646e6f6e65ff"),
    ("good", "stat-list-response", "bf69737461745f6c6973749f676e756d62657273646e6f6e65ffff"),
    ("good", "shell-exec-request", "a164617267768365776f72647361616162"),
    ("bad", "shell-exec-request", "a164617267768101"),
    ("good", "shell-exec-response", "bf616f6d3c776f7264733e3c613e3c623e6372657402ff"),
    ("good", "shell-exec-response", "bf616f606372657427ff"),
    ("bad", "shell-exec-response", "bf616f60ff"),
    ("good", "error-response", "bf62726308ff"),
    ("good", "group-error-response", "bf63657272bf6567726f75700062726302ffff"),
    ("bad", "group-error-response", "bf62726308ff"),
    ("good", "image-list-response",
     "bf66696d616765739fbf64736c6f74006776657273696f6e65302e302e306468617368" + "5820" + HASH +
     "68626f6f7461626c65f56770656e64696e67f469636f6e6669726d6564f566616374697665f5697065726d616e656e74f4ffff"
     "6b73706c697453746174757300ff"),
    ("bad", "image-list-response", "bf66696d616765739fbf6776657273696f6e65302e302e30ffffff"),
    ("good", "set-state-request", "a2646861736858 20".replace(" ", "") + HASH + "67636f6e6669726df4"),
    ("good", "upload-request", "a2636f666618806464617461500001020304050607" + "08090a0b0c0d0e0f"),
    ("good", "upload-response", "bf636f66661880ff"),
    ("good", "upload-response", "bf62726300636f666618c8ff"),
    ("bad", "upload-response", "bf636f66666161ff"),
    ("good", "erase-request", "a164736c6f7401"),
    ("good", "group-count-response", "bf65636f756e7403ff"),
    ("good", "group-list-response", "bf6667726f7570739f00010affff"),
    ("good", "group-single-response", "bf6567726f75700a63656e64f5ff"),
    ("bad", "group-single-response", "bf63656e64f5ff"),
    ("good", "group-details-response",
     "bf6667726f7570739fbf6567726f757000646e616d65676f73206d676d746868616e646c65727309ffffff"),
    ("good", "setting-read-request", "a1646e616d65666e65742f6970"),
    ("good", "setting-read-response", "bf6376616c440a000001ff"),
    ("bad", "setting-read-response", "bf6376616c6431302e30ff"),
    ("good", "setting-write-request", "a2646e616d65666e65742f69706376616c440a000001"),
    ("bad", "setting-write-request", "a1646e616d65666e65742f6970"),
    ("good", "settings-save-request", "a0"),
    ("good", "line-speed-response", "bf64626175641a0001c20065757375616c1a0001c200636d61781a000f4240ff"),
    ("good", "line-speed-request", "a164626175641a000f4240"),
    ("bad", "line-speed-request", "a0"),
    ("good", "line-speed-set-response", "bf64626175641a000f4240ff"),
    ("good", "slots-response",
     "bf66696d616765739fbf65696d6167650065736c6f74739fbf64736c6f74006473697a651a0001a000ffbf64736c6f740164"
     "73697a651a0001a0006f75706c6f61645f696d6167655f696400ffffffffff"),
]


def main():
    cddl = (pathlib.Path(__file__).parent.parent / "smp.cddl").read_text(encoding="utf-8")
    types = DataTranslator.from_cddl(cddl, 16).my_types
    failed = 0
    for expect, name, text in CASES:
        got = "good"
        try:
            types[name].validate_str(bytes.fromhex(text))
        except CddlValidationError as error:
            got, why = "bad", error
        if got != expect:
            print(f"schema: {name} is {got}, should be {expect}: {text} {why if got == 'bad' else ''}")
            failed += 1
    print(f"schema: {len(CASES) - failed} of {len(CASES)} as expected")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
