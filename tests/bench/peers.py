"""Other people's SMP clients upload an image: peers.py mcumgr-toolkit|smpclient PORT IMAGE."""
import asyncio
import sys


def with_toolkit(port, image):
    from mcumgr_toolkit import MCUmgrClient
    with MCUmgrClient.serial(port, timeout_ms=600000) as client:
        client.use_auto_frame_size()
        client.image_upload(image)


async def with_smpclient(port, image):
    from smpclient import SMPClient
    from smpclient.transport.serial import SMPSerialTransport
    async with SMPClient(SMPSerialTransport(), port, timeout_s=600) as client:
        async for _ in client.upload(image, first_timeout_s=600):
            pass


def main():
    name, port, path = sys.argv[1:]
    with open(path, "rb") as f:
        image = f.read()
    if name == "mcumgr-toolkit":
        with_toolkit(port, image)
    elif name == "smpclient":
        asyncio.run(with_smpclient(port, image))
    else:
        sys.exit(f"peers.py: {name} is neither mcumgr-toolkit nor smpclient")


if __name__ == "__main__":
    main()
