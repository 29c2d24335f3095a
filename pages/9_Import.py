"""The Import page: upload vectors, review columns and problems, and save them as an artifact."""

import streamlit as st

from explorer.rights import require_editor
from explorer.webapp.page import embedding_if_any, frame, show_errors
from explorer.webapp.views import export
from explorer.webapp.views.importing import form as import_form
from explorer.webapp.views.importing import manage
from explorer.webapp.views.importing import upload as import_upload

with frame("Import"):
    embedding = embedding_if_any()
    st.caption("Import vectors from a file, with optional metadata. No code in the files is executed.")
    with show_errors(stop=False):
        require_editor("import vectors")
        if chosen := import_upload.uploaded_files():
            import_form.review(*chosen)
        elif name := import_form.imported_artifact():
            import_form.imported(name)
        else:
            import_form.start()
        manage.manage()
    if embedding is not None:
        export.export_form(embedding)
