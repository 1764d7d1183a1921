from django.urls import URLPattern, path, register_converter

from core.url_converters import NameConverter
from smartsync.views import bulk_sync, history, holds, list_choice, lists, profiles, runs, schedules

register_converter(NameConverter, "name")
app_name = "smartsync"
urlpatterns: list[URLPattern] = [
    path("", profiles.home, name="home"),
    path("several/", bulk_sync.several, name="several"),
    path("full/", bulk_sync.full, name="full"),
    path("history/", history.history, name="history"),
    path("history/csv/", history.history_csv, name="history_csv"),
    path("<int:profile_pk>/", profiles.profile, name="profile"),
    path("<int:profile_pk>/start/", profiles.start, name="start"),
    path("<int:profile_pk>/schedules/", schedules.schedules, name="schedules"),
    path("<int:profile_pk>/lists/", list_choice.choose, name="choose_lists"),
    path("<int:profile_pk>/guard/", holds.guard, name="guard"),
    path("<int:profile_pk>/lists/<name:slug>/", lists.items, name="list"),
    path("<int:profile_pk>/lists/<name:slug>/csv/", lists.items_csv, name="list_csv"),
    path("<int:profile_pk>/lists/<name:slug>/xlsx/", lists.items_xlsx, name="list_xlsx"),
    path("items/<int:item_pk>/", lists.item, name="item"),
    path("runs/<int:run_pk>/", runs.run, name="run"),
    path("runs/<int:run_pk>/progress/", runs.run_progress, name="run_progress"),
    path("runs/<int:run_pk>/cancel/", runs.cancel, name="cancel"),
    path("lists/<int:list_run_pk>/retry/", runs.retry, name="retry"),
    path("holds/<int:hold_pk>/confirm/", holds.confirm, name="hold_confirm"),
    path("holds/<int:hold_pk>/reject/", holds.reject, name="hold_reject"),
    path("schedules/<int:schedule_pk>/", schedules.change, name="schedule"),
    path("schedules/<int:schedule_pk>/pause/", schedules.pause, name="schedule_pause"),
    path("schedules/<int:schedule_pk>/resume/", schedules.resume, name="schedule_resume"),
    path("schedules/<int:schedule_pk>/remove/", schedules.remove, name="schedule_remove"),
]
