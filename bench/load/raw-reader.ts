import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/**
 * A reader of live changes that does as little as possible, so that what is measured is the server: it opens a websocket, joins, answers
 * pings, and hands over the text of what comes (Engine.IO 4 and Socket.IO 5 over RFC 6455, as far as a reader needs them).
 * Resolves when the server has said that it joined.
 */
export function openRawReader(options: { origin: string; join: object; onText: (text: string) => void; onEnd: () => void }): Promise<{ close: () => void }> {
  const { host, hostname, port } = new URL(options.origin);
  if (!/^127\.\d+\.\d+\.\d+$/.test(hostname)) throw new Error(`${options.origin} is not on this machine.`);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  let isClosing = false;
  const reader = {
    close() {
      isClosing = true;
      socket.destroy();
    },
  };
  socket.on('connect', () => socket.write(toHandshake(host, options.origin)));
  return new Promise((resolve, reject) => {
    const answer = (text: string): void => {
      if (text.startsWith('0')) sendText(socket, '40');
      else if (text === '2') sendText(socket, '3');
      else if (text.startsWith('40')) sendText(socket, `420${JSON.stringify(['join', options.join])}`);
      else if (!text.startsWith('430')) options.onText(text);
      else if (text.includes('"ok":true')) resolve(reader);
      // Not joined: the end of the connection says so.
      else socket.destroy(new Error(`A reader may not join: ${text}`));
    };
    socket.on('data', createFrameReader((opcode, payload) => {
      if (opcode === opcodes.close) socket.end();
      else if (opcode === opcodes.ping) sendFrame(socket, opcodes.pong, payload);
      else answer(payload.toString('latin1'));
    }));
    socket.on('error', reject);
    socket.on('close', () => {
      reject(new Error('A reader was turned away.'));
      if (!isClosing) options.onEnd();
    });
  });
}

function toHandshake(host: string, origin: string): string {
  const key = randomBytes(16).toString('base64');
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13', `Origin: ${origin}`];
  return `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\n${lines.join('\r\n')}\r\n\r\n`;
}

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 };

const sendText = (socket: Socket, text: string) => sendFrame(socket, opcodes.text, Buffer.from(text));

/** A client's frames are masked; a mask of zeros leaves the bytes as they are. */
function sendFrame(socket: Socket, opcode: number, payload: Buffer): void {
  if (payload.length > 65_535) throw new Error('a reader sends nothing long');
  const head = payload.length < 126 ? [0x80 | opcode, 0x80 | payload.length] : [0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255];
  socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]));
}

/** Cuts what arrives into the answer to the handshake, which is skipped, and frames. A server neither masks nor, here, splits them. */
function createFrameReader(onFrame: (opcode: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  let isOpen = false;
  return (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    if (!isOpen) {
      const end = waiting.indexOf('\r\n\r\n');
      if (end === -1) return;
      isOpen = waiting.toString('latin1', 9, 12) === '101';
      waiting = waiting.subarray(end + 4);
    }
    if (!isOpen) return;
    for (let frame = readFrame(waiting); frame !== undefined; frame = readFrame(waiting)) {
      waiting = waiting.subarray(frame.end);
      onFrame(frame.opcode, frame.payload);
    }
  };
}

/** The first whole frame of a buffer. */
function readFrame(buffer: Buffer): { opcode: number; payload: Buffer; end: number } | undefined {
  if (buffer.length < 2) return undefined;
  const short = buffer.readUInt8(1);
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (buffer.length < start) return undefined;
  const length = short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
  const end = start + length;
  return buffer.length < end ? undefined : { opcode: buffer.readUInt8(0) & 15, payload: buffer.subarray(start, end), end };
}
