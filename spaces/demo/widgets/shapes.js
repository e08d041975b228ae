// Shapes: what a stroke was meant to be, a line, a circle (or an ellipse), a rectangle or a triangle.

const STRAIGHT = 0.06;  // parts of a stroke's length that it may stray from a line
const ROUND = 0.13;  // and, of its radius, from an ellipse
const CORNERS = 0.09;  // and, of its diagonal, from a polygon
const CLOSED = 0.22;  // so near, in parts of its diagonal, its ends are one
const LEAST = 24;  // pixels of the smallest one

// {kind, points} of the shape, or null where it is none of them.
function straightened(points) {
  const box = box_of(points);
  const [wide, high] = [box.right - box.left, box.bottom - box.top];
  const diagonal = Math.hypot(wide, high);
  if (points.length < 3 || diagonal < LEAST) return null;
  const [first, last] = [points[0], points[points.length - 1]];
  const apart = Math.hypot(last[0] - first[0], last[1] - first[1]);
  if (apart > CLOSED * diagonal) {
    const stray = Math.max(...points.map((point) => from_line(point, first, last)));
    return stray < STRAIGHT * apart ? { kind: "line", points: [first, last] } : null;
  }
  if (Math.min(wide, high) < LEAST / 2) return null;
  const corners = corners_of(points, CORNERS * diagonal);
  if (corners.length === 3) return { kind: "triangle", points: [...corners, corners[0]] };
  if (from_ellipse(points, box) < ROUND) return { kind: "circle", points: ellipse_in(box) };
  if (corners.length !== 4) return null;
  const { left, top, right, bottom } = box;
  return { kind: "rectangle", points: [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]] };
}

function box_of(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

function from_line([x, y], [x1, y1], [x2, y2]) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (!length) return Math.hypot(x - x1, y - y1);
  return Math.abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length;
}

// The mean distance of points from the ellipse in a box, in parts of its radius.
function from_ellipse(points, { left, top, right, bottom }) {
  const strays = points.map(([x, y]) => Math.abs(Math.hypot(
    (2 * x - left - right) / (right - left), (2 * y - top - bottom) / (bottom - top),
  ) - 1));
  return (2 * strays.reduce((sum, stray) => sum + stray, 0)) / strays.length;
}

function ellipse_in({ left, top, right, bottom }) {
  let [wide, high] = [(right - left) / 2, (bottom - top) / 2];
  if (Math.abs(wide - high) < 0.2 * Math.max(wide, high)) wide = high = (wide + high) / 2;
  return Array.from({ length: 49 }, (_, at) => [
    (left + right) / 2 + wide * Math.cos((at * Math.PI) / 24),
    (top + bottom) / 2 + high * Math.sin((at * Math.PI) / 24),
  ]);
}

// Corners of a closed stroke (Ramer 1972, Douglas and Peucker 1973), begun at the two points that are
// farthest from each other, so that the place where the pen was put down is none.
function corners_of(points, tolerance) {
  const farthest = (from) => points.reduce((best, point, at) => {
    const away = Math.hypot(point[0] - from[0], point[1] - from[1]);
    return away > best.away ? { at, away } : best;
  }, { at: 0, away: -1 }).at;
  const one = farthest(points[0]);
  const other = farthest(points[one]);
  const [from, to] = [Math.min(one, other), Math.max(one, other)];
  const there = kept(points.slice(from, to + 1), tolerance);
  const back = kept([...points.slice(to), ...points.slice(0, from + 1)], tolerance);
  return [...there.slice(0, -1), ...back.slice(0, -1)];
}

function kept(points, tolerance) {
  const [first, last] = [points[0], points[points.length - 1]];
  let at = 0;
  let most = tolerance;
  for (let index = 1; index < points.length - 1; index++) {
    const stray = from_line(points[index], first, last);
    if (stray > most) [at, most] = [index, stray];
  }
  if (!at) return [first, last];
  return [...kept(points.slice(0, at + 1), tolerance).slice(0, -1), ...kept(points.slice(at), tolerance)];
}
