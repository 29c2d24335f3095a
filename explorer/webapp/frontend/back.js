// Streamlit's client writes the page whose run has begun into the address, even when "back" has meanwhile asked for
// another: pressed twice quickly it would lead forward. After a step in the history the page stays, until a click.
{
  const push = history.pushState.bind(history);
  let stepped = false;
  addEventListener("popstate", () => (stepped = true));
  addEventListener("click", () => (stepped = false), true);
  history.pushState = (state, unused, url) => {
    if (!stepped || new URL(url, location).pathname === location.pathname) push(state, unused, url);
  };
}
