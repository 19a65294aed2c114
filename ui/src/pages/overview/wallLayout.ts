export interface WallLayout {
  columns: number;
  rows: number;
  /** How many tiles there is room for; what is left over goes into the last one. */
  shown: number;
  /** Font size of a name, in pixels. */
  font: number;
}

const GAP = 8;
/** Smaller tiles cannot be read across a room. */
const LEAST_WIDTH = 150;
const LEAST_HEIGHT = 64;

/** The grid whose tiles are the largest, so that nothing has to be scrolled. */
export function wallLayout(tiles: number, width: number, height: number): WallLayout {
  const most = {
    columns: Math.max(1, Math.floor((width + GAP) / (LEAST_WIDTH + GAP))),
    rows: Math.max(1, Math.floor((height + GAP) / (LEAST_HEIGHT + GAP))),
  };
  let best: { columns: number; rows: number; size: number } | undefined;
  for (let columns = 1; columns <= Math.min(most.columns, Math.max(1, tiles)); columns++) {
    const rows = Math.ceil(tiles / columns) || 1;
    if (rows > most.rows) continue;
    const size = tileSize(columns, rows, width, height);
    if (best === undefined || size > best.size) best = { columns, rows, size };
  }
  const { columns, rows } = best ?? most;
  const size = tileSize(columns, rows, width, height);
  return { columns, rows, shown: Math.min(tiles, columns * rows), font: Math.max(13, Math.min(48, Math.round(size * 0.17))) };
}

/** A name needs more width than height: a tile is as large as the shorter of height and 3/5 of its width. */
function tileSize(columns: number, rows: number, width: number, height: number): number {
  const each = { width: (width - GAP * (columns - 1)) / columns, height: (height - GAP * (rows - 1)) / rows };
  return Math.min(each.height, each.width * 0.6);
}
