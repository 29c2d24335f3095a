// Follows a link to a page of the app without loading the client again. Used by several components.
// One step in the browser's history and one run of the opened page, as for the browser's "forward".
const follow = (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const { href } = event.currentTarget;
  const open = () => {
    history.pushState({}, "", href);
    dispatchEvent(new PopStateEvent("popstate"));
  };
  // A click beside an open popover closes it, which runs the page that is left: the other one has to come after it.
  document.querySelector("[data-testid=stPopoverBody]") ? setTimeout(open, 200) : open();
};
