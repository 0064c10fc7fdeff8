import type { ColumnType, Generated } from 'kysely';

/*
 * The part of the schema by which several processes of one board know of each other; one process leaves these tables empty.
 */

export interface RatesTable {
  key: Buffer;
  left_over: number;
  wait_ms: number;
  noted_at: Date;
  full_at: Date;
}

export interface LoginTriesTable {
  key: Buffer;
  failure_count: ColumnType<number, number | undefined, number>;
  failed_at: ColumnType<number[], number[] | undefined, number[]>;
  noted_at: Date;
}

export interface KeyMarksTable {
  name: string;
  mark: Buffer;
}

/** Read and written by Socket.IO's adapter alone. */
export interface SocketIoAttachmentsTable {
  id: Generated<number>;
  created_at: Date | null;
  payload: Buffer | null;
}

export interface SharedTables {
  rates: RatesTable;
  login_tries: LoginTriesTable;
  key_marks: KeyMarksTable;
  socket_io_attachments: SocketIoAttachmentsTable;
}
