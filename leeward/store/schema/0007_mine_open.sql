-- The owner's open tasks are counted along two indexes, those that are not done less those that are gone. Before, each
-- was looked up in `item`. The first holds the columns it is limited by, else SQLite looks them up in the table.
DROP INDEX task_mine;
CREATE INDEX task_mine_open ON task (status, mine) WHERE mine AND status <> 'done';
CREATE INDEX item_gone_task ON item (id) WHERE gone = 1 AND type = 'task';
