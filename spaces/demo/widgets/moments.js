// What was drawn live, moment by moment: the strokes that each picture answers, and the picture. A
// drawing of hours takes no more room than one of a minute: when there are too many moments, every
// second goes, and from then on every second comes. They are kept in the browser with their drawing.

const MOST_MOMENTS = 96;
const MOST_KEPT = 2e6;  // characters of the pictures that are kept

function make_moments(changed) {
  let kept = [];
  let latest = null;
  let every = 1;
  let passed = 0;
  let seen = null;

  // Whether one goes on from the other: the same first stroke, or none yet.
  function goes_on(drawing, from) {
    const [one, other] = [drawing.first, from.first];
    return drawing.ground === from.ground && (one === other || !one || !other);
  }

  const all = () => (latest && kept.at(-1) !== latest ? [...kept, latest] : [...kept]);

  return {
    // What a picture is asked for, or null where it is nothing drawn.
    asked: (drawing) => {
      seen = drawing;
      if (!drawing || (latest && goes_on(drawing, latest.drawing))) return;
      [kept, latest, every, passed] = [[], null, 1, 0];
      changed();
    },
    came: (picture) => {
      if (!seen) return;
      latest = { drawing: seen, picture };
      if (passed++ % every === 0) kept.push(latest);
      if (kept.length > MOST_MOMENTS) {
        kept = kept.filter((_, index) => index % 2 === 0);
        every *= 2;
        passed = 1;
      }
      changed();
    },
    all,
    // What is kept of a drawing, null where none was followed: moments as few as fit. Stored in one
    // row with the drawing, they share its strokes, by which it is gone on with after a reload.
    kept: (drawing) => {
      if (!latest || !drawing || !goes_on(drawing, latest.drawing)) return null;
      let [some, further] = [all(), every];
      while (some.length > 2 && some.reduce((sum, { picture }) => sum + picture.length, 0) > MOST_KEPT) {
        some = some.filter((_, index) => index % 2 === 0 || index === some.length - 1);
        further *= 2;
      }
      const moments = some.map(({ drawing: { ground, ...rest }, picture }) => ({ drawing: rest, picture }));
      return { moments, every: further };
    },
    // That again, over the `ground` that its drawing has by now; or none, for another drawing.
    restore: (told, ground) => {
      kept = (told?.moments ?? []).map(({ drawing, picture }) => ({ drawing: { ...drawing, ground }, picture }));
      latest = kept.at(-1) ?? null;
      every = told?.every ?? 1;
      [passed, seen] = [1, null];
      changed();
    },
  };
}

// {width, height, moments}: the canvas's size, and what paints each moment on one of that size, and
// its picture.
function lapse_of(moments, { width, height }) {
  return {
    width,
    height,
    moments: moments.map(({ drawing: { ground, strokes, stroke, length }, picture }) => ({
      picture,
      paint: (pen) => {
        const begun = stroke && { ...stroke, points: stroke.points.slice(0, length) };
        paint_drawing(pen, { width, height }, { ground, strokes, stroke: begun });
      },
    })),
  };
}
