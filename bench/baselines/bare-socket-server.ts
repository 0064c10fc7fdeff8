/**
 * The least that can be done with Socket.IO: whoever joins is in one room, and JSON that is posted is pushed to it as it is. It answers
 * first and pushes then, as the board does. Started as a process of its own by the goal `live`; listens on PORT.
 */
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    if (req.method !== 'POST') return void res.end('ready');
    const changes: unknown = JSON.parse(Buffer.concat(chunks).toString());
    res.writeHead(201).end();
    io.to('room').emit('thread:changes', changes);
  });
});
const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false, httpCompression: false });
io.on('connection', (socket) => {
  socket.on('join', (_join: unknown, answer: (said: object) => void) => {
    void socket.join('room');
    answer({ ok: true });
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
