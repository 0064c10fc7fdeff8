/** A script of its own, nearly as large as all others together, that no page needs to be read: see load-socket.js. */
export { io } from 'socket.io-client';
