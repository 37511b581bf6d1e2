# Receives datagrams on a unix socket, whose name is the argument, and prints each as one line of JSON.
import json
import socket
import sys

name = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("\0" + name[1:] if name.startswith("@") else name)
print(json.dumps("ready"), flush=True)
while True:
    print(json.dumps(receiver.recv(65536).decode()), flush=True)
