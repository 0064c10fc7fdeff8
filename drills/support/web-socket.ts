import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A websocket written by hand: it can say what no browser would, costs little, and can stop to read. */
export interface BareSocket {
  socket: Socket;
  /** Sends a text frame as it should be. */
  send: (text: string) => void;
  /** Sends bytes as they are. */
  sendRaw: (bytes: Buffer) => void;
  /** Says an event of Socket.IO, without waiting for anything. */
  emit: (event: string, payload: unknown) => void;
  /** Joins a room and gives the answer. @throws Error when the line ends first */
  join: (room: object) => Promise<unknown>;
  /** Resolves with the code of the close frame, if any, when the connection has ended. */
  closed: Promise<number | undefined>;
  isOpen: () => boolean;
  close: () => void;
}

export interface SocketOptions {
  /** Beside those of a browser or in their place; an empty one is left out. */
  headers?: Record<string, string>;
  /** The address of this machine to come from. */
  from?: string;
  /** Whatever the server says as an event of Socket.IO. */
  onEvent?: (event: string, payload: unknown, bytes: number) => void;
  /** Whatever the server says. */
  onText?: (text: string) => void;
  /** Leaves the namespace alone: nothing is said after the handshake. */
  isMute?: boolean;
}

/** One frame as a browser sends it: masked. */
export function toFrame(payload: Buffer, { opcode = 1, isFinal = true }: { opcode?: number; isFinal?: boolean } = {}): Buffer {
  const head = payload.length < 126 ? Buffer.from([0, 0x80 | payload.length]) : payload.length < 65_536 ? Buffer.from([0, 0x80 | 126, 0, 0]) : Buffer.alloc(10);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  if (payload.length >= 65_536) {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  } else if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
  const mask = randomBytes(4);
  const masked = Buffer.from(payload);
  for (let index = 0; index < masked.length; index += 1) masked[index] = (masked[index] ?? 0) ^ (mask[index % 4] ?? 0);
  return Buffer.concat([head, mask, masked]);
}

/** Opens a socket of a board and greets its public namespace. @throws Error with the status line when the handshake is refused */
export function openSocket(url: string, { headers = {}, from, onEvent, onText, isMute = false }: SocketOptions = {}): Promise<BareSocket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from }).setNoDelay(true);
  const lines = Object.entries({ Host: host, Origin: url, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': randomBytes(16).toString('base64'), ...headers }).filter(([, value]) => value !== '');
  socket.once('connect', () => socket.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`));
  return new Promise((resolve, reject) => {
    let isUp = false;
    let code: number | undefined;
    let answers = new Map<number, (answer: unknown) => void>();
    let asked = 0;
    const closed = new Promise<number | undefined>((done) => socket.once('close', () => done(code)));
    const sendRaw = (bytes: Buffer) => void (socket.writable && socket.write(bytes));
    const send = (text: string) => sendRaw(toFrame(Buffer.from(text)));
    const line: BareSocket = {
      socket, send, sendRaw, closed,
      emit: (event, payload) => send(`42${JSON.stringify([event, payload])}`),
      join(room) {
        asked += 1;
        const id = asked;
        send(`42${id}${JSON.stringify(['join', room])}`);
        return Promise.race([new Promise((done) => answers.set(id, done)), closed.then(() => Promise.reject(new Error('The line ended before the answer.')))]);
      },
      isOpen: () => !socket.destroyed && socket.writable,
      close: () => socket.destroy(),
    };
    function take(text: string): void {
      onText?.(text);
      if (text === '2') return send('3');
      if (text.startsWith('0') && !isMute) return send('40');
      if ((text.startsWith('40') && !text.startsWith('40/')) || (isMute && text.startsWith('0'))) return resolve(line);
      const said = /^4([23])(\d*)(\[.*)$/s.exec(text);
      if (said === null) return;
      const [, kind, id, json = '[]'] = said;
      if (kind === '3') {
        answers.get(Number(id))?.(JSON.parse(json)[0]);
        answers.delete(Number(id));
      } else if (onEvent !== undefined) {
        const [event, payload] = JSON.parse(json);
        onEvent(event, payload, text.length);
      }
    }
    const read = createFrameReader(take, (closeCode) => {
      code = closeCode;
      socket.end(toFrame(Buffer.alloc(0), { opcode: 8 }));
    });
    let greeting = '';
    socket.on('data', (bytes: Buffer) => {
      if (isUp) return read(bytes);
      greeting += bytes.toString('latin1');
      const end = greeting.indexOf('\r\n\r\n');
      if (end === -1) return;
      const status = greeting.split('\r\n', 1)[0] ?? '';
      if (!status.includes(' 101 ')) {
        reject(new Error(status));
        return void socket.destroy();
      }
      isUp = true;
      read(Buffer.from(greeting.slice(end + 4), 'latin1'));
    });
    socket.on('error', reject).once('close', () => {
      answers = new Map();
      reject(new Error('The connection was closed.'));
    });
  });
}

/** Puts frames of a server together from bytes as they come. */
function createFrameReader(onText: (text: string) => void, onClose: (code: number) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (;;) {
      const short = (rest[1] ?? 0) & 0x7f;
      const headLength = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (rest.length < headLength) return;
      const length = short === 127 ? Number(rest.readBigUInt64BE(2)) : short === 126 ? rest.readUInt16BE(2) : short;
      if (rest.length < headLength + length) return;
      const payload = rest.subarray(headLength, headLength + length);
      const opcode = (rest[0] ?? 0) & 0x0f;
      rest = rest.subarray(headLength + length);
      if (opcode === 1) onText(payload.toString());
      else if (opcode === 8) onClose(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
    }
  };
}
