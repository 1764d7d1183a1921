"""What runs here: version, settings in force, queues, storage. For support's page and `manage.py system_report`."""
