from django.urls import URLPattern, path

from operations import views

app_name = "operations"
# Customers use it too, so it has an address of its own.
audit_log_urlpatterns: list[URLPattern] = [
    path("", views.audit_log, name="index"),
    path("csv/", views.audit_log_csv, name="csv"),
    path("jsonl/", views.audit_log_jsonl, name="jsonl"),
]
urlpatterns: list[URLPattern] = [
    path("customers/", views.customers, name="customers"),
    path("search/", views.search_page, name="search"),
    path("board/", views.board, name="board"),
    path("board/insights/", views.insights, name="insights"),
    path("board/csv/", views.board_csv, name="board_csv"),
    path("board/views/", views.view_save, name="view_save"),
    path("board/views/<int:view_pk>/remove/", views.view_remove, name="view_remove"),
    path("connections/<int:pk>/", views.connection, name="connection"),
    path("connections/<int:pk>/assign/", views.assign, name="assign"),
    path("connections/<int:pk>/message/", views.message_send, name="message_send"),
    path("connections/<int:pk>/follow-up/", views.follow_up, name="follow_up"),
    path("notes/<int:note_pk>/", views.note_edit, name="note_edit"),
    path("notes/<int:note_pk>/delete/", views.note_delete, name="note_delete"),
    path("connections/<int:pk>/diagnostics/", views.diagnostics, name="diagnostics"),
    path("connections/<int:pk>/diagnostics/file/", views.diagnostics_file, name="diagnostics_file"),
    path("customers/<int:customer_pk>/data/", views.customer_data, name="customer_data"),
    path("customers/<int:customer_pk>/export/", views.export_start, name="export_start"),
    path("customers/<int:customer_pk>/delete/", views.deletion_ask, name="deletion_ask"),
    path("exports/<int:export_pk>/", views.export_download, name="export_download"),
    path("deletions/", views.deletions, name="deletions"),
    path("deletions/<int:deletion_pk>/confirm/", views.deletion_approve, name="deletion_approve"),
    path("deletions/<int:deletion_pk>/cancel/", views.deletion_stop, name="deletion_stop"),
    path("deletions/<int:deletion_pk>/continue/", views.deletion_continue, name="deletion_continue"),
    path("emails/", views.emails, name="emails"),
    path("emails/<int:email_pk>/retry/", views.email_retry, name="email_retry"),
    path("settings/", views.support_settings, name="support_settings"),
    path("channels/", views.channels, name="channels"),
    path("channels/new/", views.channel_new, name="channel_new"),
    path("channels/<int:channel_pk>/", views.channel_edit, name="channel_edit"),
    path("channels/<int:channel_pk>/test/", views.channel_test, name="channel_test"),
    path("channels/<int:channel_pk>/delete/", views.channel_delete, name="channel_delete"),
    path("queue/", views.queue, name="queue"),
    path("queue/<int:profile_pk>/", views.request_page, name="request"),
    path("queue/<int:profile_pk>/claim/", views.claim, name="claim"),
    path("queue/<int:profile_pk>/release/", views.release, name="release"),
    path("queue/<int:profile_pk>/approve/", views.approve, name="approve"),
    path("queue/<int:profile_pk>/ask/", views.ask, name="ask"),
    path("queue/<int:profile_pk>/undo/", views.undo, name="undo"),
    path("queue/<int:profile_pk>/revoke/", views.revoke, name="revoke"),
    path("queue/<int:profile_pk>/decline/", views.decline, name="decline"),
]
