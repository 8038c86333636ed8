"""A TCP proxy that breaks connections on command; lives in one thread of the test that makes it.

	with Proxy(('127.0.0.1', 3306)) as proxy:
		connect(port=proxy.port)                     # forwards, counts bytes and connections
		proxy.arm(Fault(CUT, at=1000))               # the next connection ends after 1,000 bytes of the server
		proxy.inject(Fault(STALL, seconds=0.5))      # every live connection, now
		proxy.heal()                                 # forwards again; what was stalled goes on

Offsets count the bytes of one direction: from the connection's start (arm) or from now (inject). One thread owns every
socket, so that a reset is really sent when it is asked for; commands reach it through a queue.

By hand: proxy.py HOST:PORT [fault...], where a fault is kind[:at[:seconds]], for example  cut:1000  stall:0:2
"""
import errno
import heapq
import itertools
import os
import queue
import select
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field

DOWN, UP = 'down', 'up'  # server to client, client to server

CUT = 'cut'          # both sockets closed (FIN), what is in flight to the client is delivered
RESET = 'reset'      # both sockets reset (RST)
STALL = 'stall'      # nothing forwarded in `direction` (None: neither) for `seconds` (None: until heal)
DELAY = 'delay'      # every chunk is held back `seconds`
CORRUPT = 'corrupt'  # the byte at `at` gets its bits of `mask` flipped
SPLIT = 'split'      # from `at` on, segments of `size` bytes
CALL = 'call'        # the link pauses while `action(link)` runs in a thread of its own

CHUNK = 64 * 1024


@dataclass(eq=False)
class Fault:
	kind: str
	at: int = 0
	direction: str | None = DOWN  # which direction's bytes are counted; for a stall also what stops
	seconds: float | None = None
	size: int = 1
	mask: int = 0xFF
	action: object = None
	fired: threading.Event = field(default_factory=threading.Event)


class Flow:
	"""One direction of a link: what was read from `source` and not yet written to `sink`."""

	def __init__(self, name, source, sink):
		self.name, self.source, self.sink = name, source, sink
		self.pending = b''
		self.count = 0            # bytes forwarded
		self.ended = False        # source said FIN and it was passed on
		self.blocked_until = 0.0  # a stall's or a delay's end; inf: until heal
		self.delay = 0.0
		self.segment = 0          # 0: whatever fits
		self.faults = []          # (absolute offset, order, Fault), nearest first


class Link:
	"""One client's connection and its counterpart to the target."""

	def __init__(self, number, client, server):
		self.number, self.client, self.server = number, client, server
		self.server_side = server.getsockname()  # what the target sees as its client's address
		self.flows = {DOWN: Flow(DOWN, server, client), UP: Flow(UP, client, server)}
		self.paused = 0  # CALL actions still running
		self.open = True


class Proxy:
	def __init__(self, target, host='127.0.0.1', port=0):
		self.target = tuple(target)
		self.host = host
		self.mode = 'forward'
		self.links = []          # live ones; read by tests, changed by the loop only
		self.closed_links = []   # ended ones, for their counts
		self.connections = 0
		self._armed = []         # [Fault, how many connections still get it or None]
		self._held = []          # sockets accepted in a black hole
		self._commands = queue.SimpleQueue()
		self._order = itertools.count()
		self._wake_read, self._wake_write = os.pipe()
		os.set_blocking(self._wake_read, False)
		self._listener = self._listen(port)
		self.port = self._listener.getsockname()[1]
		self._stop = False
		self._thread = threading.Thread(target=self._loop, name='proxy', daemon=True)
		self._thread.start()

	# -- commands; all may be given from any thread --------------------------------------------------------------

	def arm(self, *faults, connections=1):
		"""The next `connections` connections (None: all) suffer the faults, offsets counted from their start."""
		self._do(lambda: self._armed.extend([fault, connections] for fault in faults))

	def inject(self, *faults):
		"""All live connections suffer the faults, offsets counted from now."""
		self._do(lambda: [self._add(link, fault, link.flows[fault.direction or DOWN].count + fault.at)
						  for fault in faults for link in list(self.links)])

	def cut(self, reset=False):
		self._do(lambda: [self._close(link, reset) for link in list(self.links)])

	def refuse(self):
		"""The port is closed until heal()."""
		self._do(lambda: self._set_mode('refuse'))

	def blackhole(self):
		"""New connections are accepted and never answered until heal()."""
		self._do(lambda: self._set_mode('blackhole'))

	def retarget(self, target):
		"""New connections go elsewhere."""
		self._do(lambda: setattr(self, 'target', tuple(target)))

	def disarm(self):
		"""Faults that wait for a connection or for an offset are taken back."""
		self._do(self._disarm)

	def heal(self):
		"""Everything forwards again. Stalled links go on, links of a black hole are closed."""
		def run():
			self._disarm()
			for link in self.links:
				for flow in link.flows.values():
					flow.blocked_until, flow.delay, flow.segment = 0.0, 0.0, 0
			self._set_mode('forward')
		self._do(run)

	def totals(self):
		"""(connections so far, live ones, bytes of the clients, bytes of the servers)"""
		links = self.links + self.closed_links
		return (self.connections, len(self.links), sum(link.flows[UP].count for link in links),
				sum(link.flows[DOWN].count for link in links))

	def close(self):
		if self._thread.is_alive():
			self._do(lambda: setattr(self, '_stop', True))
			self._thread.join()

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()

	def _do(self, command):
		"""Runs a command in the loop's thread and waits for it."""
		if threading.current_thread() is self._thread:
			command()
			return
		done = threading.Event()
		failure = []

		def run():
			try:
				command()
			except Exception as error:  # handed to the caller: the loop must go on
				failure.append(error)
			done.set()
		self._commands.put(run)
		os.write(self._wake_write, b'x')
		if not done.wait(10):
			raise RuntimeError('the proxy does not answer')
		if failure:
			raise failure[0]

	# -- the loop ----------------------------------------------------------------------------------------------

	def _listen(self, port):
		listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
		listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		listener.bind((self.host, port))
		listener.listen(64)
		listener.setblocking(False)
		return listener

	def _set_mode(self, mode):
		self.mode = mode
		if mode == 'refuse' and self._listener:
			self._listener.close()
			self._listener = None
		elif mode != 'refuse' and not self._listener:
			self._listener = self._listen(self.port)
		if mode != 'blackhole':
			for held in self._held:
				held.close()
			self._held = []

	def _disarm(self):
		self._armed = []
		for link in self.links:
			for flow in link.flows.values():
				flow.faults = []

	def _add(self, link, fault, offset):
		flow = link.flows[fault.direction or DOWN]
		heapq.heappush(flow.faults, (offset, next(self._order), fault))
		self._fire_due(link, flow)

	def _accept(self):
		try:
			client, _ = self._listener.accept()
		except BlockingIOError:
			return
		self.connections += 1
		if self.mode == 'blackhole':
			self._held.append(client)
			return
		try:
			server = socket.create_connection(self.target, timeout=5)
		except OSError:
			# The client sees what a crashed server shows: an accepted connection that ends at once.
			client.close()
			return
		for end in (client, server):
			end.setblocking(False)
			end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
		link = Link(self.connections, client, server)
		self.links.append(link)
		armed, self._armed = self._armed, []
		for entry in armed:
			fault, left = entry
			if left is None or left > 1:
				self._armed.append([fault, left and left - 1])
			if link.open:
				self._add(link, fault, fault.at)

	def _loop(self):
		try:
			while not self._stop:
				self._turn()
		finally:
			for link in list(self.links):
				self._close(link, True)
			self._set_mode('refuse')

	def _turn(self):
		poll = select.poll()
		wanted = {self._wake_read: (select.POLLIN, None)}
		if self._listener:
			wanted[self._listener.fileno()] = (select.POLLIN, None)
		now = time.monotonic()
		timeout = 60.0
		for link in self.links:
			for flow in link.flows.values():
				if link.paused or flow.ended:
					continue
				if flow.blocked_until > now:
					timeout = min(timeout, flow.blocked_until - now)
				elif flow.pending:
					self._want(wanted, flow.sink, select.POLLOUT, link)
				else:
					self._want(wanted, flow.source, select.POLLIN, link)
		for number, (events, _) in wanted.items():
			poll.register(number, events)
		ready = dict(poll.poll(max(1, int(timeout * 1000 + 1))))
		if self._wake_read in ready:
			os.read(self._wake_read, 4096)
			while not self._commands.empty():
				self._commands.get()()
		if self._listener and self._listener.fileno() in ready:
			self._accept()
		for link in {id(link): link for number, (_, link) in wanted.items() if link and number in ready}.values():
			for flow in link.flows.values():
				if link.open and not link.paused:
					self._move(link, flow)

	@staticmethod
	def _want(wanted, end, events, link):
		before = wanted.get(end.fileno(), (0, link))[0]
		wanted[end.fileno()] = (before | events, link)

	def _move(self, link, flow):
		"""Forwards one chunk of a flow as far as it goes without waiting."""
		if flow.ended or flow.blocked_until > time.monotonic():
			return
		try:
			if not flow.pending:
				flow.pending = flow.source.recv(CHUNK)
				if not flow.pending:
					self._source_ended(link, flow)
					return
				if flow.delay:
					flow.blocked_until = time.monotonic() + flow.delay
					return
			self._write(link, flow)
		except BlockingIOError:
			pass
		except OSError as error:
			self._close(link, error.errno == errno.ECONNRESET)

	def _write(self, link, flow):
		size = len(flow.pending)
		if flow.segment:
			size = min(size, flow.segment)
		if flow.faults:
			# Never past the next fault's offset, and a corrupted byte travels alone.
			offset, _, fault = flow.faults[0]
			size = min(size, offset - flow.count)
			if fault.kind == CORRUPT and size == 0:
				heapq.heappop(flow.faults)
				flow.pending = bytes([flow.pending[0] ^ fault.mask]) + flow.pending[1:]
				fault.fired.set()
				size = 1
		sent = flow.sink.send(flow.pending[:size])
		flow.count += sent
		flow.pending = flow.pending[sent:]
		self._fire_due(link, flow)

	def _source_ended(self, link, flow):
		flow.ended = True
		if all(other.ended for other in link.flows.values()):
			self._close(link, False)
			return
		try:
			flow.sink.shutdown(socket.SHUT_WR)
		except OSError:
			self._close(link, False)

	def _fire_due(self, link, flow):
		while link.open and flow.faults and flow.faults[0][0] <= flow.count and flow.faults[0][2].kind != CORRUPT:
			self._fire(link, heapq.heappop(flow.faults)[2])

	def _fire(self, link, fault):
		stopped = [link.flows[fault.direction]] if fault.direction else list(link.flows.values())
		if fault.kind in (CUT, RESET):
			self._close(link, fault.kind == RESET)
		elif fault.kind == STALL:
			for flow in stopped:
				flow.blocked_until = float('inf') if fault.seconds is None else time.monotonic() + fault.seconds
		elif fault.kind == DELAY:
			for flow in stopped:
				flow.delay = fault.seconds
		elif fault.kind == SPLIT:
			for flow in stopped:
				flow.segment = fault.size
		elif fault.kind == CALL:
			link.paused += 1
			threading.Thread(target=self._call, args=(link, fault), daemon=True).start()
		else:
			raise ValueError(f'no such fault: {fault.kind}')
		fault.fired.set()

	def _call(self, link, fault):
		try:
			fault.action(link)
		finally:
			if not self._stop:
				self._do(lambda: setattr(link, 'paused', link.paused - 1))

	def _close(self, link, reset):
		if not link.open:
			return
		link.open = False
		for end in (link.client, link.server):
			if reset:
				end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
			else:
				try:
					end.shutdown(socket.SHUT_WR)
				except OSError:
					pass  # its other side is gone already
			end.close()
		self.links.remove(link)
		self.closed_links.append(link)


class DeafPort:
	"""A port whose queue of connections is full: a connect() waits for an answer that never comes."""

	def __init__(self, host='127.0.0.1'):
		self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
		self._listener.bind((host, 0))
		self._listener.listen(0)
		self.port = self._listener.getsockname()[1]
		self._fill = []
		for _ in range(4):
			end = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
			end.setblocking(False)
			end.connect_ex((host, self.port))
			self._fill.append(end)

	def close(self):
		for end in self._fill + [self._listener]:
			end.close()

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()


def closed_port(host='127.0.0.1'):
	"""A port that nobody listens on (just now)."""
	with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
		probe.bind((host, 0))
		return probe.getsockname()[1]


def main():
	if len(sys.argv) < 2:
		sys.exit(__doc__)
	host, port = sys.argv[1].rsplit(':', 1)
	with Proxy((host, int(port))) as proxy:
		for text in sys.argv[2:]:
			kind, at, seconds = (text.split(':') + ['', ''])[:3]
			proxy.arm(Fault(kind, at=int(at or 0), seconds=float(seconds) if seconds else None), connections=None)
		print(f'listening on {proxy.host}:{proxy.port}; commands: cut reset stall refuse blackhole heal totals')
		for line in sys.stdin:
			command = line.strip()
			if command == 'reset':
				proxy.cut(reset=True)
			elif command == 'stall':
				proxy.inject(Fault(STALL, direction=None))
			elif command == 'totals':
				print(proxy.totals())
			elif command in ('cut', 'refuse', 'blackhole', 'heal'):
				getattr(proxy, command)()
			elif command:
				print('no such command')


if __name__ == '__main__':
	main()
