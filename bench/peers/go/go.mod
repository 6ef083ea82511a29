module stagecoach/peers/go

go 1.19
