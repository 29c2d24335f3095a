// When a run of a page starts, Streamlit's client writes this page into the URL, even if the visitor has pressed "back"
// in the meantime: pressing it twice quickly would lead forward. So after a history step the page stays until a click.
{
  const push = history.pushState.bind(history);
  let stepped = false;
  addEventListener("popstate", () => (stepped = true));
  addEventListener("click", () => (stepped = false), true);
  history.pushState = (state, unused, url) => {
    if (!stepped || new URL(url, location).pathname === location.pathname) push(state, unused, url);
  };
}
