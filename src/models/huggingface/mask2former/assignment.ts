/**
 * Matches every column to its own row at the least total cost, exactly; with more columns than rows, every row to its
 * own column.
 *
 * Columns enter one by one along a shortest augmenting path over reduced costs (Jonker and Volgenant, 1987;
 * Crouse, 2016): O(columns² · rows).
 *
 * @param costs row-major `rows × columns`; those that are not finite are matched only when nothing else is left
 * @returns for each column the row it is matched to, −1 for none
 */
export function assignColumns(costs: ArrayLike<number>, rows: number, columns: number): Int32Array {
  if (columns > rows) return invert(assignColumns(transpose(costs, rows, columns), columns, rows), columns);
  const cost = (row: number, column: number) => {
    const value = costs[row * columns + column]!;
    return Number.isFinite(value) ? value : LARGEST;
  };
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(columns);
  const rowOf = new Int32Array(columns).fill(-1);
  const columnOf = new Int32Array(rows).fill(-1);
  const distance = new Float64Array(rows);
  const reachedFrom = new Int32Array(rows);
  const settled = new Uint8Array(rows);
  for (let start = 0; start < columns; start++) {
    distance.fill(Number.POSITIVE_INFINITY);
    settled.fill(0);
    let column = start;
    let length = 0;
    let end = -1;
    while (end < 0) {
      let nearest = -1;
      for (let row = 0; row < rows; row++) {
        if (settled[row]) continue;
        const through = length + cost(row, column) - columnPotential[column]! - rowPotential[row]!;
        if (through < distance[row]!) {
          distance[row] = through;
          reachedFrom[row] = column;
        }
        if (nearest < 0 || distance[row]! < distance[nearest]!) nearest = row;
        else if (distance[row] === distance[nearest]! && columnOf[row]! < 0) nearest = row;
      }
      settled[nearest] = 1;
      length = distance[nearest]!;
      if (columnOf[nearest]! < 0) end = nearest;
      else column = columnOf[nearest]!;
    }
    columnPotential[start] = columnPotential[start]! + length;
    for (let row = 0; row < rows; row++) {
      if (!settled[row] || columnOf[row]! < 0) continue;
      const slack = length - distance[row]!;
      columnPotential[columnOf[row]!] = columnPotential[columnOf[row]!]! + slack;
      rowPotential[row] = rowPotential[row]! - slack;
    }
    rotate(end, start, reachedFrom, rowOf, columnOf);
  }
  return rowOf;
}

/** Stands for infinity; still adds up without overflow. */
const LARGEST = 3.4e38;

/** Turns the matching over along the path that ends in a free row. */
function rotate(
  end: number,
  start: number,
  reachedFrom: Int32Array,
  rowOf: Int32Array,
  columnOf: Int32Array,
): void {
  let row = end;
  for (;;) {
    const column = reachedFrom[row]!;
    columnOf[row] = column;
    const previous = rowOf[column]!;
    rowOf[column] = row;
    if (column === start) return;
    row = previous;
  }
}

function transpose(costs: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, index) => {
    return costs[(index % rows) * columns + Math.floor(index / rows)]!;
  });
}

/** From the column of each row to the row of each column. */
function invert(columnOf: Int32Array, columns: number): Int32Array {
  const rowOf = new Int32Array(columns).fill(-1);
  for (const [row, column] of columnOf.entries()) rowOf[column] = row;
  return rowOf;
}
