// HTML from the server, its times in the visitor's zone.

const times = import(document.getElementById("times").href);
const localise = () => times.then((module) => module.localise(element));
watch("value", localise);
localise();
