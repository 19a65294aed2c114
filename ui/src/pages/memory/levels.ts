import type { Schemas } from '@/api/client';

export type Level = Schemas['MemoryLevel']['name'];
export const LEVELS: Level[] = ['normal', 'elevated', 'high', 'critical', 'emergency'];

export const LEVEL_COLORS: Record<Level, string> = {
  normal: 'light-dark(#00664a, #3ddc97)',
  elevated: 'light-dark(#005a8c, #6cbcf0)',
  high: 'light-dark(#6b4f00, #e8c547)',
  critical: 'light-dark(#b3261e, #ff8a80)',
  emergency: 'light-dark(#8c1d18, #ffb4ab)',
};
