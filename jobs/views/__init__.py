"""Pages of uploads, jobs, dead letters and destinations. Rules live on the models; a view calls one verb."""
