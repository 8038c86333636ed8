"""A hostile MySQL server: speaks enough of the protocol to be believed, then misbehaves; lives in threads of the test.

	with Rogue('infile', file='/etc/passwd') as rogue:
		connect(port=rogue.port); select ...
		assert not rogue.stolen                      # what the client sent of its files

Modes of the greeting: garbage, ssh, http, zeros, oversized, truncated, endless, silent, blocked, too_many.
Modes of the login: denied, clear, dialog (both ask for the password in clear text), loop (asks again and again).
Modes of the first statement: infile, and of the first SELECT: infile_select, columns, cell, short_row, lost_row,
bad_error, trailing, hang_up, mute.

Every login is accepted unless the mode says otherwise; statements before the attack are answered OK.
By hand: rogue.py MODE [FILE]
"""
import os
import socket
import struct
import sys
import threading
import time

LONG_PASSWORD, FOUND_ROWS, LONG_FLAG, CONNECT_WITH_DB = 1, 2, 4, 8
LOCAL_FILES, PROTOCOL_41, SSL, TRANSACTIONS, SECURE_CONNECTION = 0x80, 0x200, 0x800, 0x2000, 0x8000
MULTI_STATEMENTS, MULTI_RESULTS, PLUGIN_AUTH = 1 << 16, 1 << 17, 1 << 19
CONNECT_ATTRS, PLUGIN_AUTH_LENENC = 1 << 20, 1 << 21

CAPABILITIES = (LONG_PASSWORD | FOUND_ROWS | LONG_FLAG | CONNECT_WITH_DB | LOCAL_FILES | PROTOCOL_41 | TRANSACTIONS |
				SECURE_CONNECTION | MULTI_STATEMENTS | MULTI_RESULTS | PLUGIN_AUTH | CONNECT_ATTRS | PLUGIN_AUTH_LENENC)

QUIT, QUERY, PING, PREPARE = 0x01, 0x03, 0x0E, 0x16

GREETINGS = ('garbage', 'ssh', 'http', 'zeros', 'oversized', 'truncated', 'endless', 'silent', 'blocked', 'too_many')
LOGINS = ('denied', 'clear', 'dialog', 'loop')
STATEMENTS = ('infile', 'infile_select', 'columns', 'cell', 'short_row', 'lost_row', 'bad_error', 'trailing', 'hang_up',
			  'mute')
MODES = GREETINGS + LOGINS + STATEMENTS

OK = b'\x00\x00\x00\x02\x00\x00\x00'
EOF = b'\xfe\x00\x00\x02\x00'


def error_packet(code, state, message):
	return b'\xff' + struct.pack('<H', code) + b'#' + state.encode() + message


def length_coded(number):
	if number < 251:
		return bytes([number])
	if number < 1 << 16:
		return b'\xfc' + struct.pack('<H', number)
	if number < 1 << 24:
		return b'\xfd' + struct.pack('<I', number)[:3]
	return b'\xfe' + struct.pack('<Q', number)


def text(value):
	return length_coded(len(value)) + value


def column(name, kind=0xFD):
	return (text(b'def') + text(b'shop') + text(b't') + text(b't') + text(name) + text(name) + b'\x0c' +
			struct.pack('<HIBHB', 45, 160, kind, 0, 0) + b'\0\0')


class Wire:
	"""Packets over a socket."""

	def __init__(self, end):
		self.end = end
		self.sequence = 0

	def send(self, payload):
		self.end.sendall(struct.pack('<I', len(payload))[:3] + bytes([self.sequence & 0xFF]) + payload)
		self.sequence += 1

	def receive(self):
		head = self._exactly(4)
		self.sequence = head[3] + 1
		return self._exactly(int.from_bytes(head[:3], 'little'))

	def _exactly(self, size):
		data = b''
		while len(data) < size:
			more = self.end.recv(size - len(data))
			if not more:
				raise ConnectionError('the client went away')
			data += more
		return data


class Rogue:
	def __init__(self, mode, file='/etc/passwd', host='127.0.0.1'):
		if mode not in MODES:
			raise ValueError(f'no such mode: {mode}')
		self.mode, self.file = mode, file
		self.connections = 0
		self.attacks = 0             # how often the mode's misbehaviour was reached
		self.stolen = b''            # content of the client's files
		self.passwords = []          # what came in answer to a request for a clear password
		self.capabilities = None     # the client's, of the last login
		self.statements = []
		self._stop = threading.Event()
		self._ends = set()
		self._listener = socket.create_server((host, 0))
		self.host, self.port = self._listener.getsockname()[:2]
		threading.Thread(target=self._accept, name='rogue', daemon=True).start()

	def close(self):
		self._stop.set()
		for end in list(self._ends) + [self._listener]:
			try:
				end.shutdown(socket.SHUT_RDWR)
			except OSError:
				pass
			end.close()

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()

	def _accept(self):
		while not self._stop.is_set():
			try:
				end, _ = self._listener.accept()
			except OSError:
				return
			self.connections += 1
			self._ends.add(end)
			threading.Thread(target=self._serve, args=(end,), daemon=True).start()

	def _serve(self, end):
		try:
			wire = Wire(end)
			if self.mode in GREETINGS:
				self.attacks += 1
				self._misgreet(wire)
			elif self._login(wire):
				self._talk(wire)
		except OSError:
			pass  # the client hung up: what the tests want of it
		finally:
			self._ends.discard(end)
			end.close()

	# -- the greeting ---------------------------------------------------------------------------------------

	@staticmethod
	def _greeting():
		scramble = bytes(byte % 93 + 33 for byte in os.urandom(20))
		return (b'\x0a' + b'5.5.5-10.11.19-MariaDB\0' + struct.pack('<I', 4711) + scramble[:8] + b'\0' +
				struct.pack('<HBHHB', CAPABILITIES & 0xFFFF, 45, 2, CAPABILITIES >> 16, 21) + b'\0' * 10 +
				scramble[8:] + b'\0' + b'mysql_native_password\0')

	def _misgreet(self, wire):
		end, mode = wire.end, self.mode
		if mode == 'garbage':
			end.sendall(os.urandom(300))
		elif mode == 'ssh':
			end.sendall(b'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n')
			end.recv(1024)
		elif mode == 'http':
			end.sendall(b'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n'
						b'<html><body>Bad Request</body></html>\r\n')
		elif mode == 'zeros':
			end.sendall(b'\0' * 300)
		elif mode == 'oversized':
			end.sendall(b'\xff\xff\xff\x00' + self._greeting())
		elif mode == 'truncated':
			end.sendall(struct.pack('<I', len(self._greeting())) + self._greeting()[:30])
		elif mode == 'endless':
			# Full packets, each to be joined to the one before: a version string that never ends.
			block = b'\x0a' + b'9' * 0xFFFE
			for sequence in range(1 << 30):
				end.sendall(b'\xff\xff\xff' + bytes([sequence & 0xFF]))
				for sent in range(0, 0xFFFFFF, len(block)):
					end.sendall(block[:0xFFFFFF - sent])
					block = b'9' * 0xFFFF
					if self._stop.wait(0.002):
						return
		elif mode == 'silent':
			self._stop.wait()
		elif mode == 'blocked':
			# Sent before the protocol's version is agreed on: no SQLSTATE in it.
			wire.send(b'\xff' + struct.pack('<H', 1129) + b"Host '127.0.0.1' is blocked because of many connection "
					  b"errors; unblock with 'mariadb-admin flush-hosts'")
		elif mode == 'too_many':
			wire.send(error_packet(1040, '08004', b'Too many connections'))

	# -- the login ------------------------------------------------------------------------------------------

	def _login(self, wire):
		wire.send(self._greeting())
		answer = wire.receive()
		self.capabilities = struct.unpack_from('<I', answer)[0]
		if self.mode == 'denied':
			self.attacks += 1
			wire.send(error_packet(1045, '28000', b"Access denied for user 'fabric'@'localhost' (using password: YES)"))
			return False
		plugin = {'clear': b'mysql_clear_password', 'dialog': b'dialog'}.get(self.mode)
		if plugin:
			self.attacks += 1
			# The dialog plugin asks its question: 2 = password, no echo.
			wire.send(b'\xfe' + plugin + b'\0' + (b'\x04Password: ' if plugin == b'dialog' else b''))
			self.passwords.append(wire.receive().rstrip(b'\0'))
		elif self.mode == 'loop':
			for _ in range(100000):
				self.attacks += 1
				wire.send(b'\xfe' + b'mysql_native_password\0' + b'x' * 20 + b'\0')
				wire.receive()
		wire.send(OK)
		return True

	# -- statements -----------------------------------------------------------------------------------------

	def _talk(self, wire):
		while True:
			wire.sequence = 0
			packet = wire.receive()
			command, sql = packet[0], packet[1:]
			if command == QUIT:
				return
			if command not in (QUERY, PREPARE):
				wire.send(OK)
				continue
			self.statements.append(sql.decode('utf-8', 'replace'))
			select = sql.lstrip(b' (\n\t').upper().startswith((b'SELECT', b'SHOW', b'WITH'))
			if command == PREPARE:
				wire.send(error_packet(1295, 'HY000', b'not supported as a prepared statement'))
			elif self.mode == 'infile' or (select and self.mode == 'infile_select'):
				self._ask_for_file(wire)
			elif select and self.mode in STATEMENTS:
				self.attacks += 1
				if not self._misanswer(wire):
					return
			else:
				wire.send(OK)

	def _ask_for_file(self, wire):
		self.attacks += 1
		wire.send(b'\xfb' + self.file.encode())
		while True:
			content = wire.receive()
			if not content:
				break
			self.stolen += content
		wire.send(OK)

	def _misanswer(self, wire):
		"""Returns whether the connection goes on."""
		mode = self.mode
		if mode == 'columns':
			wire.send(length_coded(1 << 40))
		elif mode == 'cell':
			self._head(wire, [b'a', b'b'])
			wire.send(text(b'1') + b'\xfe' + struct.pack('<Q', 1 << 60) + b'xyz')
			wire.send(EOF)
		elif mode == 'short_row':
			self._head(wire, [b'a', b'b'])
			wire.send(text(b'1'))
			wire.send(EOF)
		elif mode == 'lost_row':
			self._head(wire, [b'a', b'b'])
			wire.send(text(b'1') + text(b'x'))
			wire.sequence += 1
			wire.send(text(b'3') + text(b'x'))
			wire.send(EOF)
		elif mode == 'bad_error':
			wire.send(error_packet(1064, '42000', b'\xff\xfe %s %n \x1b[31m' + b'\xc3' * 2000))
		elif mode == 'trailing':
			wire.send(OK + b'\x41' * 70000)
		elif mode == 'hang_up':
			return False
		elif mode == 'mute':
			self._stop.wait()
			return False
		return True

	@staticmethod
	def _head(wire, names):
		wire.send(length_coded(len(names)))
		for name in names:
			wire.send(column(name))
		wire.send(EOF)


def main():
	if len(sys.argv) not in (2, 3) or sys.argv[1] not in MODES:
		sys.exit(__doc__)
	with Rogue(sys.argv[1], *sys.argv[2:]) as rogue:
		print(f'listening on {rogue.host}:{rogue.port} as {rogue.mode}')
		try:
			while True:
				time.sleep(1)
				print(f'{rogue.connections} connections, {rogue.attacks} attacks, {len(rogue.stolen)} bytes stolen, '
					  f'passwords {rogue.passwords}', flush=True)
		except KeyboardInterrupt:
			pass


if __name__ == '__main__':
	main()
