// Words to start from, below the prompt.

const line = element.querySelector(".tries");
for (const prompt of props.value ?? []) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = prompt;
  button.addEventListener("click", () => {
    trigger("pick", { prompt });
    document.dispatchEvent(new CustomEvent("sprint:words"));
  });
  line.append(button);
}
