// What two pictures can be held against each other in: the page's fields, and each further control's
// numbers and reading. A picture that came as a file tells what a stranger wrote.

const MOST_SAID = 200;  // characters of a value
const MOST_CONTROLS = 8;
const AS_IT_IS = "none";  // the annotator of what is a map already

const objects_in = (list) => (Array.isArray(list) ? list.slice(0, MOST_CONTROLS).filter((one) => one && typeof one === "object") : []);
const words_of = (picture) => picture.settings?.prompt ?? picture.prompt;
const further_of = (picture) => objects_in(picture.settings?.beside);

// {name: {label, value, change, …}} of a picture, with bounds or choices; `change` gives what the
// page's fields are with another value.
function fields_of(picture) {
  const told = picture.parameters ? of_parameters(picture.parameters) : picture.settings ?? {};
  const own = Object.entries(props.fields)
    .filter(([name]) => told[name] !== undefined)
    .map(([name, field]) => [name, { ...field, value: told[name], change: (value) => ({ [name]: value }) }]);
  const rows = further_of(picture);
  const further = rows.flatMap((row, at) => of_row(row, at, (changed) => ({ beside: rows.with(at, changed) })));
  return Object.fromEntries([...own, ...further]);
}

// A file tells of its first control what the page asks for in fields of their own.
function of_parameters(parameters) {
  const [lead = {}] = objects_in(parameters.controls);
  const of_lead = Object.entries(props.fields).filter(([, { part }]) => part).map(([name, { part }]) => [name, lead[part]]);
  return { ...parameters, ...Object.fromEntries(of_lead) };
}

function of_row(row, at, put) {
  const { choices, numbers } = props.further;
  const called = `Control No. ${at + 2}`;
  const reading = {
    label: `${called}: Read it as`,
    value: choices.findIndex((one) => one.annotator === row.annotator && one.control === row.control),
    choices: choices.map(({ label }, index) => [label, index]),
    varies: row.annotator !== AS_IT_IS,
    change: (index) => {
      const { annotator, control } = choices[index];
      return put({ ...row, annotator, control, settings: {} });
    },
  };
  return [
    [`${at} reading`, reading],
    ...numbers.map(({ key, label, value, ...bounds }) => [`${at} ${key}`, {
      ...bounds, label: `${called}: ${label}`, value: row[key] ?? value, varies: true,
      change: (changed) => put({ ...row, [key]: changed }),
    }]),
  ];
}

// The fields that two pictures were made with differently, each with what they say. A control that
// only one of them has is told once.
function differing(a, b) {
  const [of_a, of_b] = [fields_of(a), fields_of(b)];
  const rows = Object.keys({ ...of_a, ...of_b })
    .map((name) => [name, of_a[name], of_b[name]])
    .filter(([name, one, other]) => (one && other ? one.value !== other.value : name.endsWith(" reading")))
    .map(([, one, other]) => [(one ?? other).label, one ? said(one) : "–", other ? said(other) : "–"]);
  if (words_of(a) !== words_of(b)) rows.unshift(["Prompt", words_of(a), words_of(b)]);
  return rows;
}

function said({ choices, value }) {
  const choice = choices?.find(([, own]) => own === value);
  if (choice) return choice[0];
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return String(value).slice(0, MOST_SAID) || "–";
}

// Whether they were made from the same drawing and pictures.
function is_of_same(a, b) {
  const inputs = ({ input, settings }) => JSON.stringify([input ?? null, objects_in(settings?.beside).map((row) => row.input ?? null)]);
  return inputs(a) === inputs(b);
}

// The fields of which another value can be painted. `lead` is what the picture's file tells of its
// first control; its reading can be another one where a picture was handed in, and no map.
function varying(picture, lead, is_read) {
  const taken = further_of(picture).map(({ control }) => control);
  const leads = (words) => props.further.choices.find(({ label }) => label === words)?.control;
  return Object.entries(fields_of(picture)).map(([name, field]) => {
    if (!field.choices) return [name, field];
    const others = /^\d+ /.test(name) ? [lead?.name, ...taken.filter((_, at) => at !== parseInt(name, 10))] : taken;
    const is_control = field.reads || /^\d+ /.test(name);
    const free = ([words, value]) => value === field.value || !is_control || !others.includes(leads(words));
    return [name, { ...field, choices: field.choices.filter(free) }];
  }).filter(([, { varies, choices, of_control, reads, annotators }]) => (
    varies && !(choices && choices.length < 2) && (!of_control || picture.map)
    && (!reads || is_read) && (!annotators || annotators.includes(lead?.annotator))
  ));
}
