// Stores a large array of a chart's figure for chart.js.
export default function ({ data }) {
  const columns = (window.explorerColumns ??= new Map());
  const mine = { ...data };
  columns.set(data.part, mine);
  return () => columns.get(data.part) === mine && columns.delete(data.part); // it may have been replaced in the meantime
}
