-- What needs the functions of api/.
-- include schema/event_triggers.sql

-- fabric.find_server has taken its place.
DROP FUNCTION fabric.find_server_of_secret();
