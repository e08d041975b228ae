// The control maps of the further controls come here, and their rows are told of them.

watch("value", () => {
  document.dispatchEvent(new CustomEvent("sprint:maps", { detail: { maps: props.value ?? [] } }));
});
