import { util } from '@aws-appsync/utils';

export interface Reading { room: string; celsius: number }

export function check(reading: Reading): string | null {
  if (reading.celsius > 100) {
    console.error('too hot', reading.room);
    return `${reading.room} is too hot`;
  }
  if (reading.room === 'void') {
    return (undefined as unknown as Reading).room;
  }
  return null;
}

export const stamp = (reading: Reading) => ({ ...reading, at: util.time.nowISO8601() });
