
output "function_arn" {
  description = "Function that answers events."
  value       = aws_lambda_function.function.arn
}

output "function_role_arn" {
  description = "Role of the function, by which its own changes are recognised."
  value       = aws_iam_role.function.arn
}

output "function_dead_letters_url" {
  description = "Queue of the events that the function failed on."
  value       = aws_sqs_queue.function_dead_letters.url
}
