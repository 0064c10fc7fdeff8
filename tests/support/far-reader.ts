import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import type { ThreadChanges } from '../../src/threads/thread.js';

/** Visitors of boards that run as programs of their own, behind a proxy that is believed. */

const patienceMs = 60_000;

/** Waits for a state, not for a time. */
export async function waitFor<T>(find: () => T | undefined | false | Promise<T | undefined | false>, what: string): Promise<T> {
  const end = Date.now() + patienceMs;
  while (Date.now() < end) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${patienceMs / 1000} s`);
}

/** Everybody comes from an address of his own, through a proxy on this machine. */
let people = 0;
export const nextAddress = () => `203.0.${Math.floor((people += 1) / 200)}.${1 + (people % 200)}`;

export interface Posted {
  board: string;
  thread: number;
  no: number;
}

/** Sends a form as the board's own page would. */
export function post(url: string, path: string, typed: Record<string, string>, from = nextAddress()): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(typed)) form.append(name, value);
  return fetch(url + path, { method: 'POST', body: form, headers: { Accept: 'application/json', Origin: url, 'Sec-Fetch-Site': 'same-origin', 'X-Forwarded-For': from } });
}

export async function mustPost(url: string, path: string, typed: Record<string, string>): Promise<Posted> {
  const answer = await post(url, path, typed);
  assert.equal(answer.status, 201, path);
  return (await answer.json()) as Posted;
}

export const reply = (url: string, { board, thread }: Posted, body: string) => mustPost(url, `/${board}/thread/${thread}/reply`, { body });

/** An open thread page: it joins on every connection, and asks for what it missed. */
export async function follow(url: string, thread: Posted) {
  const seen: number[] = [];
  let changeNo = 0;
  const take = (changes: ThreadChanges) => {
    if (changes.to <= changeNo) return;
    if (changes.from > changeNo) return void catchUp();
    changeNo = changes.to;
    seen.push(...changes.posts.map(({ no }) => no).filter((no) => !seen.includes(no)));
  };
  const catchUp = async () => {
    const answer = await fetch(`${url}/${thread.board}/thread/${thread.thread}/updates?since=${changeNo}`, { headers: { Accept: 'application/json', 'X-Forwarded-For': nextAddress() } }).catch(() => undefined);
    if (answer?.status === 200) take((await answer.json()) as ThreadChanges);
  };
  const pushes: ThreadChanges[] = [];
  const socket: Socket = io(url, { transports: ['websocket'], extraHeaders: { Origin: url, 'X-Forwarded-For': nextAddress() }, forceNew: true, reconnectionDelayMax: 500 });
  let readers = 0;
  socket.on('thread:changes', (changes: ThreadChanges) => {
    pushes.push(changes);
    take(changes);
  });
  socket.on('readers', (told: { count: number }) => {
    readers = told.count;
  });
  let joins = 0;
  socket.on('connect', () => {
    socket.emit('join', { board: thread.board, thread: thread.thread, lang: 'en' }, () => {
      void catchUp().then(() => {
        joins += 1;
      });
    });
  });
  await waitFor(() => joins > 0, 'a reader joins');
  return { seen, pushes, joins: () => joins, readers: () => readers, close: () => socket.disconnect() };
}
