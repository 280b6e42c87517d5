# A simulation with random numbers, data frames, regression and matrices.
arguments <- commandArgs(trailingOnly = TRUE)
output <- file(arguments[1], "w")
go <- arguments[2]
limit <- if (length(arguments) > 2) as.integer(arguments[3]) else -1L
set.seed(42)
history <- data.frame(x = numeric(0), y = numeric(0))
step <- 0L
while (!file.exists(go) && step != limit) {
  x <- rnorm(200)
  y <- 3 * x + rnorm(200, sd = 0.5)
  history <- tail(rbind(history, data.frame(x = x, y = y)), 2000)
  fit <- lm(y ~ x, data = history)
  m <- matrix(rnorm(2500), 50)
  cat(sprintf("step %d %.8f %.8f %.6f %s\n", step, coef(fit)[1], coef(fit)[2], det(m) / 1e30,
              paste(sample(letters, 5), collapse = "")), file = output)
  flush(output)
  step <- step + 1L
}
cat(sprintf("done %d\n", step), file = output)
close(output)
