import { util } from '@aws-appsync/utils';

export interface Reading { room: string; celsius: number }

export function check(reading: Reading): string | null {
  if (reading.celsius > 100) {
    console.error('too hot', reading.room);
    return `${reading.room} is too hot`;
  }
  if (reading.room === 'void') {
    const inner = (reading as { inner?: Reading }).inner as Reading;
    return inner.room;
  }
  return null;
}

export const stamp = (reading: Reading) => ({ ...reading, at: util.time.nowISO8601() });
