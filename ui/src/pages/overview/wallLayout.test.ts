import { describe, expect, it } from 'vitest';
import { wallLayout } from './wallLayout';

describe('wallLayout', () => {
  it('gives one monitor the whole screen', () => {
    expect(wallLayout(1, 1920, 1000)).toMatchObject({ columns: 1, rows: 1, shown: 1 });
  });

  it('has a place for each tile as long as tiles can be read', () => {
    for (const tiles of [2, 3, 7, 12, 50, 100]) {
      const { columns, rows, shown } = wallLayout(tiles, 1920, 1000);
      expect(shown).toBe(tiles);
      expect(columns * rows).toBeGreaterThanOrEqual(tiles);
      expect((1920 - 8 * (columns - 1)) / columns).toBeGreaterThanOrEqual(150);
      expect((1000 - 8 * (rows - 1)) / rows).toBeGreaterThanOrEqual(64);
    }
  });

  it('never asks for more than the screen has, however many there are', () => {
    const { columns, rows, shown } = wallLayout(10_000, 1920, 1000);
    expect(shown).toBe(columns * rows);
    expect(columns * 150 + (columns - 1) * 8).toBeLessThanOrEqual(1920);
    expect(rows * 64 + (rows - 1) * 8).toBeLessThanOrEqual(1000);
  });

  it('stacks tiles on a phone', () => {
    expect(wallLayout(4, 344, 560)).toMatchObject({ columns: 1, rows: 4 });
  });

  it('survives a screen without any size, and no monitors', () => {
    expect(wallLayout(5, 0, 0)).toMatchObject({ columns: 1, rows: 1, shown: 1 });
    expect(wallLayout(0, 800, 600)).toMatchObject({ columns: 1, rows: 1, shown: 0 });
  });
});
