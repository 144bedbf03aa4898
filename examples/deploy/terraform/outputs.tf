output "topic_arn" {
  description = "Topic of the alerts."
  value       = aws_sns_topic.alerts.arn
}

output "key_arn" {
  description = "Key that encrypts the alerts."
  value       = aws_kms_key.alerts.arn
}

output "dead_letters_url" {
  description = "Queue of the events that could not be delivered to a target."
  value       = aws_sqs_queue.dead_letters.url
}

output "rule_arns" {
  description = "ARNs of the rules in this Region, by id."
  value       = { for id, rule in aws_cloudwatch_event_rule.rule : id => rule.arn }
}

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

output "trail_arn" {
  description = "Trail of this module, null if it makes none here."
  value       = one(aws_cloudtrail.trail[*].arn)
}

output "trail_bucket" {
  description = "Bucket with the log files of that trail."
  value       = one(aws_s3_bucket.trail[*].bucket)
}
