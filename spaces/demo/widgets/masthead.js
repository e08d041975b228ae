// Title and description; the value is a passing note, such as "warming up".

element.querySelector("h1").textContent = props.title;
element.querySelector(".about").textContent = props.description;
const note = () => { element.querySelector(".note").textContent = props.value ?? ""; };
watch("value", note);
note();
