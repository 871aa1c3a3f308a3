# Puma in one process, as it is started without further settings in production.
bind "tcp://127.0.0.1:@PORT@"
threads 5, 5
workers 0
rackup "@FOLDER@/config.ru"
