resource "aws_iam_role" "function" {
  name_prefix        = var.name_prefix
  description        = "Of the function that answers events."
  assume_role_policy = data.aws_iam_policy_document.function_trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "function_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "function"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function.arn}:*"]
  }

  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.function_dead_letters.arn]
  }

  dynamic "statement" {
    for_each = concat(local.function_tells, local.function_reads, var.mode == "enforce" ? local.function_writes : [])

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_cloudwatch_log_group" "function" {
  region            = var.region
  name_prefix       = "/aws/lambda/${var.name_prefix}"
  retention_in_days = local.function.log_days
  skip_destroy      = true
  tags              = var.tags
}

# The function is named as its role is, for it must have a name and the role's is generated.
resource "aws_lambda_function" "function" {
  region                         = var.region
  function_name                  = aws_iam_role.function.name
  description                    = local.function.description
  runtime                        = "provided.al2023"
  architectures                  = ["arm64"]
  handler                        = "bootstrap"
  filename                       = var.function_package
  source_code_hash               = filebase64sha256(var.function_package)
  code_signing_config_arn        = var.code_signing_config_arn
  role                           = aws_iam_role.function.arn
  memory_size                    = local.function.memory
  timeout                        = local.function.timeout
  reserved_concurrent_executions = coalesce(var.reserved_concurrency, local.function.concurrency)
  tags                           = var.tags

  environment {
    variables = local.function.variables
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function.name
  }

  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_function_event_invoke_config" "function" {
  region                       = var.region
  function_name                = aws_lambda_function.function.function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.function_dead_letters.arn
    }
  }
}

locals {
  function_rules_here = { for id, rule in local.rules_here : id => rule if contains(local.function.rules, id) }
}

resource "aws_cloudwatch_event_target" "function" {
  for_each = local.function_rules_here

  region    = var.region
  rule      = aws_cloudwatch_event_rule.rule[each.key].name
  target_id = "Function"
  arn       = aws_lambda_function.function.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 185
  }
}

resource "aws_lambda_permission" "rule" {
  for_each = local.function_rules_here

  region         = var.region
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.function.function_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.rule[each.key].arn
  source_account = local.account
}

# Every message holds the event, how often it was tried, and the error.
resource "aws_sqs_queue" "function_dead_letters" {
  region                    = var.region
  name_prefix               = "${var.name_prefix}function-"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "function_dead_letters" {
  region    = var.region
  queue_url = aws_sqs_queue.function_dead_letters.url
  policy    = data.aws_iam_policy_document.function_dead_letters.json
}

data "aws_iam_policy_document" "function_dead_letters" {
  statement {
    sid       = "NothingUnencrypted"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.function_dead_letters.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

locals {
  function_alarms = {
    errors = {
      metric      = ["AWS/Lambda", "Errors"]
      statistic   = "Sum"
      periods     = 1
      dimensions  = { FunctionName = aws_lambda_function.function.function_name }
      description = "The function failed on an event. Lambda tries it twice more."
    }
    throttles = {
      metric      = ["AWS/Lambda", "Throttles"]
      statistic   = "Sum"
      periods     = 3
      dimensions  = { FunctionName = aws_lambda_function.function.function_name }
      description = "Events have been waiting for the function for a quarter of an hour."
    }
    lost = {
      metric      = ["AWS/Lambda", "DestinationDeliveryFailures"]
      statistic   = "Sum"
      periods     = 1
      dimensions  = { FunctionName = aws_lambda_function.function.function_name }
      description = "An event that the function failed on could not be put into its dead-letter queue and is lost."
    }
    dead-letters = {
      metric      = ["AWS/SQS", "ApproximateNumberOfMessagesVisible"]
      statistic   = "Maximum"
      periods     = 1
      dimensions  = { QueueName = aws_sqs_queue.function_dead_letters.name }
      description = "Events that the function failed on wait in its dead-letter queue."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "function" {
  for_each = local.function_alarms

  region              = var.region
  alarm_name          = "${aws_lambda_function.function.function_name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.metric[0]
  metric_name         = each.value.metric[1]
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = each.value.periods
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.alarm_topic]
  tags                = var.tags
}
